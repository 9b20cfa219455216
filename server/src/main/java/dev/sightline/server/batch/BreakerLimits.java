package dev.sightline.server.batch;

import java.time.Duration;

/**
 * When a model is left alone because the engine fails on it.
 *
 * @param window how many of its latest batches are looked at
 * @param minimum batches before any judgement, at most the window
 * @param failedPercent of them that must have failed, 1 to 100
 * @param rest how long the model is left alone before a batch is tried
 * @param probes batches that are tried then
 */
public record BreakerLimits(int window, int minimum, int failedPercent, Duration rest, int probes) {

  /** At least 4 of the last 10 batches, half of them failed; 5 s; one batch to try. */
  public static final BreakerLimits DEFAULT =
      new BreakerLimits(10, 4, 50, Duration.ofSeconds(5), 1);

  /** Checks the ranges. */
  public BreakerLimits {
    if (minimum < 1
        || window < minimum
        || failedPercent < 1
        || failedPercent > 100
        || rest.compareTo(Duration.ofMillis(1)) < 0
        || probes < 1) {
      throw new IllegalArgumentException(
          "window %d, minimum %d, failedPercent %d, rest %s, probes %d"
              .formatted(window, minimum, failedPercent, rest, probes));
    }
  }
}
