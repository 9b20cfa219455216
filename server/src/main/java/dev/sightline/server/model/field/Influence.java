package dev.sightline.server.model.field;

/**
 * How strongly each pixel of a network's input moves something, averaged over images.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param values height·width values, row by row, none negative; not copied
 * @param images how many were averaged
 */
public record Influence(int height, int width, double[] values, int images) {

  /** Checks that the values fill the rectangle. */
  public Influence {
    if (height < 1 || width < 1 || (long) height * width != values.length) {
      throw new IllegalArgumentException(
          "%d values for %d rows of %d".formatted(values.length, height, width));
    }
  }

  /** The value of a pixel. */
  public double at(int row, int column) {
    return values[row * width + column];
  }

  /** The column of a pixel's centre, of pixels that are numbered row by row. */
  double x(int pixel) {
    return pixel % width + 0.5;
  }

  /** The row of a pixel's centre. */
  double y(int pixel) {
    int row = pixel / width;
    return row + 0.5;
  }

  /** The largest value. */
  public double max() {
    double max = 0;
    for (double value : values) {
      max = Math.max(max, value);
    }
    return max;
  }
}
