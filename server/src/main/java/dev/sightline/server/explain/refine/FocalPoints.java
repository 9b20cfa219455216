package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;

/**
 * Step 1: the local maxima of the low-resolution map, from which the region grows.
 *
 * <p><i>Choices:</i> a pixel has eight neighbours. Where equal values meet, they are one point: a
 * plateau is a maximum if no pixel around it is larger, and then all of its pixels count (a map
 * expanded bilinearly has plateaus around its cells' centres and along its borders). Values that
 * differ by less than 1/65536 are equal, for rounding must not make maxima. Only maxima in the
 * region of interest count: a weak one in the background is nothing that the network looked at.
 */
final class FocalPoints {
  private static final int LEVELS = 1 << 16;

  private FocalPoints() {}

  /**
   * The local maxima.
   *
   * @param cam scaled to [0, 1]
   */
  static PixelSet of(Plane cam, PixelSet regionOfInterest) {
    int[] level = new int[cam.values().length];
    for (int i = 0; i < level.length; i++) {
      level[i] = Math.round(cam.values()[i] * LEVELS);
    }
    boolean[] maxima = new boolean[level.length];
    boolean[] seen = new boolean[level.length];
    int[] plateau = new int[level.length];
    for (int start = 0; start < level.length; start++) {
      if (!seen[start]) {
        int size = gather(level, cam.width(), start, seen, plateau);
        if (size > 0) {
          Arrays.stream(plateau, 0, size).forEach(pixel -> maxima[pixel] = true);
        }
      }
    }
    return new PixelSet(cam.height(), cam.width(), maxima).and(regionOfInterest);
  }

  /** How many pixels the plateau of {@code start} has, or 0 if it lies beside a higher one. */
  private static int gather(int[] level, int width, int start, boolean[] seen, int[] plateau) {
    boolean highest = true;
    int size = 1;
    plateau[0] = start;
    seen[start] = true;
    for (int next = 0; next < size; next++) {
      int row = plateau[next] / width;
      int column = plateau[next] % width;
      for (int r = Math.max(0, row - 1); r <= Math.min(level.length / width - 1, row + 1); r++) {
        for (int c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
          int neighbour = r * width + c;
          highest &= level[neighbour] <= level[start];
          if (level[neighbour] == level[start] && !seen[neighbour]) {
            seen[neighbour] = true;
            plateau[size++] = neighbour;
          }
        }
      }
    }
    return highest ? size : 0;
  }
}
