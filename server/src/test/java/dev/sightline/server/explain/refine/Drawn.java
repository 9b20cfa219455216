package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;
import java.util.Random;

/** Planes and masks of random numbers, and masks drawn as text. */
final class Drawn {
  private Drawn() {}

  /** Of few different values, so that ties and plateaus are frequent. */
  static Plane steps(Random random, int height, int width, int levels) {
    float[] values = new float[height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(levels) / (float) (levels - 1);
    }
    return new Plane(height, width, values);
  }

  static Plane noise(Random random, int height, int width) {
    float[] values = new float[height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return new Plane(height, width, values);
  }

  static PixelSet mask(Random random, int height, int width, double share) {
    boolean[] pixels = new boolean[height * width];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextDouble() < share;
    }
    return new PixelSet(height, width, pixels);
  }

  /** A mask from rows of text, in which # is a pixel of the set. */
  static PixelSet mask(String... rows) {
    boolean[] pixels = new boolean[rows.length * rows[0].length()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#';
    }
    return new PixelSet(rows.length, rows[0].length(), pixels);
  }

  /** The value of the nearest pixel inside. */
  static double clamped(Plane plane, int row, int column) {
    return plane.at(
        Math.max(0, Math.min(plane.height() - 1, row)),
        Math.max(0, Math.min(plane.width() - 1, column)));
  }

  /** What can be reached from a pixel by steps within the mask, one recursive step at a time. */
  static void flood(PixelSet mask, boolean corners, int row, int column, boolean[] reached) {
    if (row < 0 || column < 0 || row >= mask.height() || column >= mask.width()) {
      return;
    }
    int pixel = row * mask.width() + column;
    if (!mask.pixels()[pixel] || reached[pixel]) {
      return;
    }
    reached[pixel] = true;
    for (int r = -1; r <= 1; r++) {
      for (int c = -1; c <= 1; c++) {
        if (corners || r == 0 || c == 0) {
          flood(mask, corners, row + r, column + c, reached);
        }
      }
    }
  }
}
