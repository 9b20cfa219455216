package dev.sightline.server.stream;

/**
 * The bounds of streams.
 *
 * @param maxStreams streams that may be open at once
 * @param liveOwed frames of a live stream that may be without a delivered answer: superseded ones
 *     take a hundred bytes each
 * @param liveExplained explanations of a live stream that may wait for a slow reader
 * @param batchWindow images of a batch that may be without a delivered answer
 */
public record StreamLimits(int maxStreams, int liveOwed, int liveExplained, int batchWindow) {

  /** 1024 streams; 256 frames and 8 explanations of a live stream; 32 images of a batch. */
  public static final StreamLimits DEFAULT = new StreamLimits(1024, 256, 8, 32);

  /** Checks that all are positive. */
  public StreamLimits {
    if (maxStreams < 1 || liveOwed < 1 || liveExplained < 1 || batchWindow < 1) {
      throw new IllegalArgumentException(
          "maxStreams %d, liveOwed %d, liveExplained %d, batchWindow %d"
              .formatted(maxStreams, liveOwed, liveExplained, batchWindow));
    }
  }

  Delivery live() {
    return new Delivery(true, liveOwed, liveExplained);
  }

  Delivery batch() {
    return new Delivery(false, batchWindow, Integer.MAX_VALUE);
  }
}
