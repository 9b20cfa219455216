package dev.sightline.server.batch;

import dev.sightline.v1.Explanation;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done with one image: stages, one after the other, and then the explanation. Its
 * methods are called by one thread at a time, though not always the same one.
 */
interface Work {

  /** Bytes that the image holds from its arrival until it is answered. */
  long bytes();

  /** Frames that it takes through the engine in all; at least 1. */
  int frames();

  /** The first stage; of an image that takes one frame the only one. */
  Stage first();

  /**
   * What comes after the stage whose frames have all been read.
   *
   * @return the next stage, or null if the explanation can be made
   * @throws RefusedException if the image cannot be explained as asked
   */
  @Nullable Stage next() throws RefusedException;

  /**
   * Makes the explanation.
   *
   * @param into takes everything but outcome, problem and timing
   * @throws RefusedException if the image cannot be explained as asked
   */
  void explain(Explanation.Builder into) throws RefusedException;

  /** The explanation is the image's answer, whatever comes; its receiver is told next. */
  default void explained() {}

  /** The image has its answer, and nothing more is asked. */
  default void answered() {}
}
