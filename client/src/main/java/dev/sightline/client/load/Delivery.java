package dev.sightline.client.load;

import dev.sightline.client.Timing;
import java.time.Duration;

/**
 * What became of a frame; every frame has exactly one. Times are those of {@link System#nanoTime}.
 *
 * @param asked what was asked of it
 * @param due when it should have been sent
 * @param delivered when its answer was in the caller's hands
 * @param reason why it was not served, for reports; empty if it was
 * @param message the same in a sentence
 * @param timing as the server says
 * @param maps how many heatmaps its answer has
 * @param mapBytes the bytes of their data together
 */
record Delivery(
    Asked asked,
    long due,
    long delivered,
    Fate fate,
    String reason,
    String message,
    Timing timing,
    int maps,
    long mapBytes) {
  /** Of a frame that no server told anything of. */
  static final Timing NO_TIMING =
      new Timing(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0);

  /** What may become of a frame. */
  enum Fate {
    EXPLAINED,
    /** Its answer names a frame before it whose explanation holds. */
    UNCHANGED,
    /** It has an answer that says why it is not explained. */
    DROPPED,
    /** It was sent and has no answer. */
    LOST,
    /** It was due, and the server took nothing more until the load was over. */
    UNSENT;

    /** Whether whoever sent it has what was asked for. */
    boolean isServed() {
      return this == EXPLAINED || this == UNCHANGED;
    }
  }

  static Delivery without(Asked asked, long due, Fate fate, String reason, String message) {
    return new Delivery(asked, due, System.nanoTime(), fate, reason, message, NO_TIMING, 0, 0);
  }
}
