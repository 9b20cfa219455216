package dev.sightline.client;

/** Takes the answers of a live stream; called on one thread of the stream's own. */
@FunctionalInterface
public interface LiveListener {

  /**
   * An answer, in the order of the frames, whatever servers they went to; none comes twice. May
   * take its time: while it does, the frames that pile up are superseded. What it throws is logged,
   * and the next answer comes all the same.
   */
  void answered(Answer answer);

  /**
   * How far a frame is that takes several passes; only if the options ask for it, only the latest
   * word of each frame, and never after its answer. What it throws is logged.
   */
  default void progress(Progress progress) {}

  /**
   * The connection broke, or none could be made. The frames that were under way are {@link
   * Outcome#LOST}, which their answers say; of those that are sent from now on the newest waits.
   * Then comes {@link #resumed}, or {@link #failed}, or the stream is closed first. Not called when
   * a server drains and another one takes over.
   */
  default void interrupted(SightlineException reason) {}

  /** The stream has a server again, which knows the options that are in force. */
  default void resumed() {}

  /**
   * The stream failed, for no server could be reached for longer than {@link
   * SightlineClient.Builder#reconnectFor} allows, or for a reason that trying again does not mend.
   * Called once, after every frame had its answer ({@link Outcome#LOST} for those that the server
   * left unanswered); nothing follows.
   */
  default void failed(SightlineException failure) {}
}
