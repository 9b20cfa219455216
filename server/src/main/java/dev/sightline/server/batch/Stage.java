package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import java.nio.FloatBuffer;

/**
 * Frames made from one image that go through one lane: independent of each other, in any order, in
 * passes shared with frames of other images. Several threads may write and read different frames at
 * once.
 */
interface Stage {

  /** Where the frames wait. */
  Lane lane();

  /** How many there are, at least 1. */
  int frames();

  /** The classes to explain in each, as in {@link dev.sightline.server.engine.Pass#rowClasses}. */
  int[] rowClasses();

  /**
   * Makes a frame.
   *
   * @param frame which one, from 0
   * @param images where its floats go, at absolute indices
   * @param offset the first of them
   * @throws RefusedException if the image cannot be used
   * @throws UnchangedException if it need not be explained
   */
  void write(int frame, FloatBuffer images, int offset) throws RefusedException, UnchangedException;

  /**
   * Takes what the pass gave for a frame.
   *
   * @param frame which one, from 0
   * @param result of the pass that it was in
   * @param at its place among the frames of the pass
   * @param firstRow the first of its rows in the pass; the others follow
   */
  void read(int frame, PassResult result, int at, int firstRow);
}
