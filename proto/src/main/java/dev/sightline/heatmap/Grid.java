package dev.sightline.heatmap;

/**
 * The raw result of a method: one value per cell of the target layer.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param values height·width values, row by row; not copied
 */
public record Grid(int height, int width, float[] values) {

  /** Checks that the values fill the grid. */
  public Grid {
    Values.requireFilled(height, width, values.length);
  }

  /** The value of a cell. */
  public float at(int row, int column) {
    return values[row * width + column];
  }

  /** The smallest value. */
  public float min() {
    return Values.min(values);
  }

  /** The largest value. */
  public float max() {
    return Values.max(values);
  }

  /** The grid with zero in place of every NaN and infinity; this grid if it has none. */
  public Grid finite() {
    float[] finite = Values.finite(values);
    return finite == values ? this : new Grid(height, width, finite);
  }
}
