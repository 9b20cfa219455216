package dev.sightline.client;

/**
 * Takes what happens between the answers of {@link SightlineClient#explainAll}, on the thread that
 * takes the answers, while it waits for them.
 */
@FunctionalInterface
public interface BatchListener {

  /**
   * How far an image is that takes several passes; only if {@link Options.Builder#progressEvery}
   * asks for it, and only the latest word of each image.
   */
  void progress(Progress progress);

  /**
   * No server can be reached any more. Nothing is lost: the client goes on trying, and sends the
   * images that have no answer again.
   */
  default void interrupted(SightlineException reason) {}

  /** A server is there again. */
  default void resumed() {}
}
