package dev.sightline.server.stream;

import java.time.Duration;

/**
 * The bounds of streams.
 *
 * @param maxStreams streams that may be open at once
 * @param liveOwed frames of a live stream that may be without a delivered answer: superseded ones
 *     take a hundred bytes each
 * @param liveExplained explanations of a live stream that may wait for a slow reader
 * @param batchWindow images of a batch that may be without a delivered answer
 * @param maxAge how long a stream may be open before it is drained, give or take a tenth of it so
 *     that streams which were opened together do not all end together; zero means for ever
 */
public record StreamLimits(
    int maxStreams, int liveOwed, int liveExplained, int batchWindow, Duration maxAge) {

  /**
   * 1024 streams of any age; 256 frames and 8 explanations of a live stream; 32 images of a batch.
   */
  public static final StreamLimits DEFAULT = new StreamLimits(1024, 256, 8, 32, Duration.ZERO);

  /** Checks that all are positive. */
  public StreamLimits {
    if (maxAge.isNegative()) {
      throw new IllegalArgumentException("maxAge " + maxAge);
    }
    if (maxStreams < 1 || liveOwed < 1 || liveExplained < 1 || batchWindow < 1) {
      throw new IllegalArgumentException(
          "maxStreams %d, liveOwed %d, liveExplained %d, batchWindow %d"
              .formatted(maxStreams, liveOwed, liveExplained, batchWindow));
    }
  }

  /** The same for that many streams of at most that age. */
  public StreamLimits of(int streams, Duration age) {
    return new StreamLimits(streams, liveOwed, liveExplained, batchWindow, age);
  }

  Delivery live() {
    return new Delivery(true, liveOwed, liveExplained);
  }

  Delivery batch() {
    return new Delivery(false, batchWindow, Integer.MAX_VALUE);
  }
}
