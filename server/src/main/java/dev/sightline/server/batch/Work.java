package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import dev.sightline.v1.Explanation;
import java.nio.FloatBuffer;

/**
 * What is to be done with one image. Used by one thread at a time: prepared once, then explained at
 * most once.
 */
interface Work {

  /** Bytes that the image holds while it waits. */
  long bytes();

  /** The classes to explain, as in {@link dev.sightline.server.engine.Pass#rowClasses}. */
  int[] rowClasses();

  /**
   * Decodes and normalises the image.
   *
   * @param images where its C·H·W floats go, at absolute indices
   * @param offset the first of them
   * @throws RefusedException if the image cannot be used
   */
  void prepare(FloatBuffer images, int offset) throws RefusedException;

  /**
   * Makes the explanation.
   *
   * @param result of the pass that the image was in
   * @param frame the image's frame in it
   * @param firstRow the first of its rows in it; the others follow
   * @param into takes everything but outcome, problem and timing
   * @throws RefusedException if the image cannot be explained as asked
   */
  void explain(PassResult result, int frame, int firstRow, Explanation.Builder into)
      throws RefusedException;
}
