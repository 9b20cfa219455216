package dev.sightline.client;

/** Takes the answers of a live stream; called on one thread of the stream's own. */
@FunctionalInterface
public interface LiveListener {

  /**
   * An answer, in the order of the frames. May take its time: while it does, the frames that pile
   * up are superseded. What it throws is logged, and the next answer comes all the same.
   */
  void answered(Answer answer);

  /**
   * How far a frame is that takes several passes; only if the options ask for it, only the latest
   * word of each frame, and never after its answer. What it throws is logged.
   */
  default void progress(Progress progress) {}

  /**
   * The stream failed. Called once, after every frame had its answer ({@link Outcome#LOST} for
   * those that the server left unanswered); nothing follows.
   */
  default void failed(SightlineException failure) {}
}
