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
 * @param unsentBytes bytes of a stream's explanations that may wait for a slow reader; when they
 *     are that many, its images stay out of batches. A batch that is under way may add its own
 * @param unsentBytesInAll the same for all streams together: beyond it, those stay out of batches
 *     whose readers are behind
 * @param maxCalls calls for one image that may be open at once, until their client has its answer
 * @param liveRate frames of a live stream that are let in in a second; further ones are answered
 *     OVERLOADED. 0 does not count them
 */
public record StreamLimits(
    int maxStreams,
    int liveOwed,
    int liveExplained,
    int batchWindow,
    Duration maxAge,
    long unsentBytes,
    long unsentBytesInAll,
    int maxCalls,
    int liveRate) {

  private static final long UNSENT = 8L << 20;
  private static final long UNSENT_IN_ALL = 128L << 20;
  private static final int CALLS = 1024;

  /**
   * 1024 streams of any age; 256 frames and 8 explanations of a live stream; 32 images of a batch;
   * 8 MiB of a stream and 128 MiB in all that wait for readers; 1024 calls; at any rate, for a
   * frame that is too many only takes the place of the one before.
   */
  public static final StreamLimits DEFAULT = new StreamLimits(1024, 256, 8, 32, Duration.ZERO);

  /** Checks that all are positive. */
  public StreamLimits {
    if (maxAge.isNegative()) {
      throw new IllegalArgumentException("maxAge " + maxAge);
    }
    if (maxStreams < 1 || liveOwed < 1 || liveExplained < 1 || batchWindow < 1 || maxCalls < 1) {
      throw new IllegalArgumentException(
          "maxStreams %d, liveOwed %d, liveExplained %d, batchWindow %d, maxCalls %d"
              .formatted(maxStreams, liveOwed, liveExplained, batchWindow, maxCalls));
    }
    if (unsentBytes < 1 || unsentBytesInAll < 1 || liveRate < 0) {
      throw new IllegalArgumentException(
          "unsentBytes %d, unsentBytesInAll %d, liveRate %d"
              .formatted(unsentBytes, unsentBytesInAll, liveRate));
    }
  }

  /** Those bounds, and the default ones of bytes, calls and rates. */
  public StreamLimits(
      int maxStreams, int liveOwed, int liveExplained, int batchWindow, Duration maxAge) {
    this(maxStreams, liveOwed, liveExplained, batchWindow, maxAge, UNSENT, UNSENT_IN_ALL, CALLS, 0);
  }

  /** The same with other bounds of what waits for slow readers. */
  public StreamLimits withUnsentBytes(long ofStream, long inAll) {
    return new StreamLimits(
        maxStreams,
        liveOwed,
        liveExplained,
        batchWindow,
        maxAge,
        ofStream,
        inAll,
        maxCalls,
        liveRate);
  }

  /** The same with another number of calls for one image. */
  public StreamLimits withMaxCalls(int calls) {
    return new StreamLimits(
        maxStreams,
        liveOwed,
        liveExplained,
        batchWindow,
        maxAge,
        unsentBytes,
        unsentBytesInAll,
        calls,
        liveRate);
  }

  /** The same with another rate of live streams. */
  public StreamLimits withLiveRate(int framesPerSecond) {
    return new StreamLimits(
        maxStreams,
        liveOwed,
        liveExplained,
        batchWindow,
        maxAge,
        unsentBytes,
        unsentBytesInAll,
        maxCalls,
        framesPerSecond);
  }

  Delivery live() {
    return new Delivery(true, liveOwed, liveExplained, unsentBytes);
  }

  Delivery batch() {
    return new Delivery(false, batchWindow, Integer.MAX_VALUE, unsentBytes);
  }
}
