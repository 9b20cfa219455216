package dev.sightline.server.batch;

import dev.sightline.v1.ExplanationOrBuilder;

/**
 * Hears what becomes of calls, images and passes. The rooms that accept images tell it: one {@link
 * Call} for each call, one {@link Frame} for each image, and exactly one {@link Frame#answered} for
 * each of these.
 *
 * <p>Called in the middle of the work, by many threads at once, though never while a lock of
 * another room is held: must not block, and must not throw.
 */
public interface Telemetry {

  /** Hears nothing. */
  Telemetry NONE = new Telemetry() {};

  /**
   * A call began that will bring images.
   *
   * @return hears of this call
   */
  default Call opened(Origin origin) {
    return Call.NONE;
  }

  /**
   * A pass went well.
   *
   * @param lane the model and layer
   * @param frames that it computed
   * @param rows (frame, class) rows of them
   * @param nanos how long it took
   * @param oldestNanos how old the oldest image in it was when it began
   */
  default void passed(String lane, int frames, int rows, long nanos, long oldestNanos) {}

  /** Hears of one call. */
  interface Call {

    /** Hears nothing. */
    Call NONE = new Call() {};

    /**
     * The call brought an image. Called by one thread at a time.
     *
     * @param sequence the client's number for it; 0 for the image of a unary call
     * @param arrival when it came, by {@link Batcher#nanoTime}
     * @return hears of this image
     */
    default Frame accepted(long sequence, long arrival) {
      return Frame.NONE;
    }

    /** The call is over; images that are in a pass now may still be answered. Called once. */
    default void closed() {}
  }

  /** Hears of one image. */
  interface Frame {

    /** Hears nothing. */
    Frame NONE = new Frame() {};

    /** It was in a pass of so many frames; times by {@link Batcher#nanoTime}. */
    default void passed(long start, long end, int frames) {}

    /**
     * Its answer is known. Called once, before the answer leaves.
     *
     * @param answer with outcome, problem and timing; not to be changed or kept
     */
    default void answered(ExplanationOrBuilder answer) {}
  }
}
