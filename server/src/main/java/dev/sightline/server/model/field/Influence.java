package dev.sightline.server.model.field;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How strongly each pixel of a network's input moves a cell of a layer, averaged over images.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param values height·width values, row by row, none negative; not copied
 * @param variances for each value its variance as an average: how far off it is by chance, because
 *     of these images and not others; all zero if that is not known; not copied
 * @param images how many were averaged
 */
public record Influence(int height, int width, double[] values, double[] variances, int images) {

  /** Checks that the values fill the rectangle. */
  public Influence {
    if (height < 1
        || width < 1
        || (long) height * width != values.length
        || values.length != variances.length) {
      throw new IllegalArgumentException(
          "%d values and %d variances for %d rows of %d"
              .formatted(values.length, variances.length, height, width));
    }
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
  double max() {
    return Arrays.stream(values).max().orElse(0);
  }

  /**
   * The pixels without any influence among those that have some: no image moved the cell through
   * them, as where a stride is longer than its kernel. What lies beyond the rectangle that the
   * others span does not count as a hole but as the field's end.
   */
  int[] holes() {
    int[] seen = pixels().filter(i -> values[i] > 0).toArray();
    int top = IntStream.of(seen).map(i -> i / width).min().orElse(0);
    int bottom = IntStream.of(seen).map(i -> i / width).max().orElse(-1);
    int left = IntStream.of(seen).map(i -> i % width).min().orElse(0);
    int right = IntStream.of(seen).map(i -> i % width).max().orElse(-1);
    return pixels()
        .filter(i -> values[i] == 0)
        .filter(i -> i / width >= top && i / width <= bottom)
        .filter(i -> i % width >= left && i % width <= right)
        .toArray();
  }

  IntStream pixels() {
    return IntStream.range(0, values.length);
  }
}
