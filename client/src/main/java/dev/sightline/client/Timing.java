package dev.sightline.client;

import java.time.Duration;

/**
 * Where the time of an image went, at the server.
 *
 * @param queue from its arrival until a batch took it
 * @param preprocess decoding, resizing and normalising it
 * @param compute the passes through the engine that it was in; several may have run at once
 * @param postprocess computing, expanding and encoding its maps
 * @param total from its arrival until the answer was ready
 * @param batchSize how many frames shared its last pass; 0 where it came to none
 * @param frames how many frames were computed for it: 1 for most methods; every noisy sample,
 *     masked image and altered activation is one more
 */
public record Timing(
    Duration queue,
    Duration preprocess,
    Duration compute,
    Duration postprocess,
    Duration total,
    int batchSize,
    int frames) {
  /** Of an image that never left the client. */
  static final Timing NONE =
      new Timing(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0);

  static Timing of(dev.sightline.v1.Timing wire) {
    return new Timing(
        duration(wire.getQueue()),
        duration(wire.getPreprocess()),
        duration(wire.getCompute()),
        duration(wire.getPostprocess()),
        duration(wire.getTotal()),
        wire.getBatchSize(),
        wire.getFrames());
  }

  private static Duration duration(com.google.protobuf.Duration wire) {
    try {
      return Duration.ofSeconds(wire.getSeconds(), wire.getNanos());
    } catch (ArithmeticException e) {
      throw SightlineException.protocol("the server's answer holds a time beyond all times");
    }
  }
}
