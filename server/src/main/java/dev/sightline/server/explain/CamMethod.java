package dev.sightline.server.explain;

/** A class-activation map as a function of A and g. Pure and thread-safe. */
@FunctionalInterface
public interface CamMethod {

  /**
   * Computes the map M.
   *
   * @return h·w raw values, row by row, with the ReLU of the method's own equation applied where it
   *     has one. NaN and infinities in A or g are not hidden: they show in the map.
   */
  float[] map(Evidence evidence);
}
