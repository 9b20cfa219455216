package dev.sightline.server.model;

/**
 * The standard deviations of a layer's Gaussian.
 *
 * @param x along a row, in pixels of the network's input; positive and finite
 * @param y along a column, in pixels of the network's input; positive and finite
 */
public record Sigma(float x, float y) {
  /** Checks that both are positive and finite. */
  public Sigma {
    if (!(x > 0 && y > 0 && Float.isFinite(x) && Float.isFinite(y))) {
      throw new IllegalArgumentException("sigma %s, %s is not positive".formatted(x, y));
    }
  }
}
