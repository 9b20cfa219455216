package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.nio.FloatBuffer;

/**
 * Left and right exchanged: of inputs and of maps, for maps that are smoothed over an image and its
 * mirror image.
 */
public final class Flip {
  private Flip() {}

  /**
   * Writes the mirror image of an input.
   *
   * @param input C × H × W; any number of channels and rows
   * @param width W, a divisor of its length
   * @param into receives as many floats as the input has; its position does not move
   * @param offset the absolute index in the buffer where they begin
   */
  public static void write(float[] input, int width, FloatBuffer into, int offset) {
    into.put(offset, mirrored(input, width));
  }

  /** The mirror image of a map, with an array of its own. */
  static Grid of(Grid grid) {
    return new Grid(grid.height(), grid.width(), mirrored(grid.values(), grid.width()));
  }

  /**
   * The map smoothed over the flip: (M + the mirror image of M') / 2.
   *
   * @param map M, of the image
   * @param ofMirrored M', of the mirror image, as large as M
   */
  public static Grid mean(Grid map, Grid ofMirrored) {
    if (map.height() != ofMirrored.height() || map.width() != ofMirrored.width()) {
      throw new IllegalArgumentException(
          "maps of %d x %d and %d x %d"
              .formatted(map.height(), map.width(), ofMirrored.height(), ofMirrored.width()));
    }
    float[] mean = mirrored(ofMirrored.values(), map.width());
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (((double) mean[i] + map.values()[i]) / 2);
    }
    return new Grid(map.height(), map.width(), mean);
  }

  private static float[] mirrored(float[] values, int width) {
    if (width < 1 || values.length % width != 0) {
      throw new IllegalArgumentException("%d values in rows of %d".formatted(values.length, width));
    }
    float[] mirrored = new float[values.length];
    for (int row = 0; row < values.length; row += width) {
      for (int i = 0; i < width; i++) {
        mirrored[row + i] = values[row + width - 1 - i];
      }
    }
    return mirrored;
  }
}
