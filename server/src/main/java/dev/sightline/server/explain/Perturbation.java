package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.nio.FloatBuffer;

/**
 * The altered versions of one image, and the map that their scores give. A version is made when it
 * is asked for, and none is kept. Immutable and thread-safe.
 */
public interface Perturbation {

  /** How many versions there are, at least 1. */
  int count();

  /**
   * Writes one version; any of them any number of times, always the same bits.
   *
   * @param index 0 to count − 1
   * @param into receives the altered input, C·H·W floats, or the altered activation, K·h·w floats
   *     ({@link PerturbationMethod#ofActivation}); its position does not move
   * @param offset the absolute index in the buffer where the version begins
   * @throws IndexOutOfBoundsException if there is no such version, or no room for it
   */
  void write(int index, FloatBuffer into, int offset);

  /**
   * The map of a class.
   *
   * @param scores of all versions for that class
   * @return raw values; NaN among scores is not hidden
   * @throws IllegalArgumentException if the scores are not those of all versions
   */
  Grid map(Scores scores);
}
