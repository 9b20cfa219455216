package dev.sightline.server.batch;

import dev.sightline.v1.Explanation;

/**
 * Who is told about an image. Called by the thread that submits the image (when there is no room),
 * by one that cancels, or by a worker; never while a lock of this package is held. Must not block.
 */
@FunctionalInterface
public interface Receiver {

  /** Takes the answer, without sequence and generation; called exactly once. */
  void answer(Explanation.Builder answer);

  /** Hears that the image was in a pass of so many frames; times by {@link Batcher#nanoTime}. */
  default void passed(long start, long end, int frames) {}

  /**
   * Hears how far the image is, if its options ask for it. Several threads may call at once, and
   * one may come late, after the answer.
   *
   * @param done frames that were computed
   * @param total frames to compute in all
   */
  default void progress(int done, int total) {}
}
