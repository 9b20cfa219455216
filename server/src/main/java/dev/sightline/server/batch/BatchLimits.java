package dev.sightline.server.batch;

import java.time.Duration;

/**
 * The bounds of waiting and of batches.
 *
 * @param maxWaiting images that may wait, of all sources together; further ones are answered
 *     OVERLOADED. Sources that lose nothing are held back instead: a place is kept for the image
 *     that each lets in. All of them together have three quarters of the places
 * @param maxWaitingBytes the same bound in bytes: of encoded images, and of what those hold that
 *     take several frames. How large an image is shows only when it has come, so each source may go
 *     over this bound by one
 * @param maxRows (frame, class) rows in a pass, and fewer where their gradients would take more
 *     than 256 MiB; one frame alone may have more
 * @param linger how long an image may wait for a fuller batch while a worker is free. An image with
 *     a maximum age never waits longer than half of it on purpose
 */
public record BatchLimits(int maxWaiting, long maxWaitingBytes, int maxRows, Duration linger) {

  /** 1024 images, 256 MiB, 64 rows, and no waiting for fuller batches. */
  public static final BatchLimits DEFAULT = new BatchLimits(1024, 256L << 20, 64, Duration.ZERO);

  /** Checks that every bound is positive and the linger not negative. */
  public BatchLimits {
    if (maxWaiting < 1 || maxWaitingBytes < 1 || maxRows < 1 || linger.isNegative()) {
      throw new IllegalArgumentException(
          "maxWaiting %d, maxWaitingBytes %d, maxRows %d, linger %s"
              .formatted(maxWaiting, maxWaitingBytes, maxRows, linger));
    }
  }

  /** Places that sources may have which lose nothing. */
  int maxKept() {
    return maxWaiting - maxWaiting / 4;
  }

  /** The same bounds with another linger. */
  public BatchLimits withLinger(Duration newLinger) {
    return new BatchLimits(maxWaiting, maxWaitingBytes, maxRows, newLinger);
  }

  /** The same bounds with another number of images that may wait. */
  public BatchLimits withMaxWaiting(int newMaxWaiting) {
    return new BatchLimits(newMaxWaiting, maxWaitingBytes, maxRows, linger);
  }
}
