package dev.sightline.client;

import java.time.Duration;

/**
 * Where the time of an image went, at the server.
 *
 * @param queue from its arrival until a batch took it
 * @param preprocess decoding, resizing and normalising it
 * @param compute the pass of its batch through the engine
 * @param postprocess computing, expanding and encoding its maps
 * @param total from its arrival until the answer was ready
 * @param batchSize how many images shared the pass; 0 where it came to none
 */
public record Timing(
    Duration queue,
    Duration preprocess,
    Duration compute,
    Duration postprocess,
    Duration total,
    int batchSize) {
  /** Of an image that never left the client. */
  static final Timing NONE =
      new Timing(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

  static Timing of(dev.sightline.v1.Timing wire) {
    return new Timing(
        duration(wire.getQueue()),
        duration(wire.getPreprocess()),
        duration(wire.getCompute()),
        duration(wire.getPostprocess()),
        duration(wire.getTotal()),
        wire.getBatchSize());
  }

  private static Duration duration(com.google.protobuf.Duration wire) {
    return Duration.ofSeconds(wire.getSeconds(), wire.getNanos());
  }
}
