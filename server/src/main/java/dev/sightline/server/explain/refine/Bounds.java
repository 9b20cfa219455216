package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;

/**
 * Between which values a region may grow: the first and the third quartile of the processed
 * high-resolution map inside the region of interest.
 *
 * <p><i>Choice:</i> a quartile between two values is linear between them.
 *
 * @param lower the least value of the region
 * @param upper the largest one
 */
record Bounds(double lower, double upper) {

  /**
   * The quartiles.
   *
   * @param region at least one pixel
   */
  static Bounds of(Plane plane, PixelSet region) {
    float[] inside = new float[region.count()];
    int next = 0;
    for (int i = 0; i < region.pixels().length; i++) {
      if (region.pixels()[i]) {
        inside[next++] = plane.values()[i];
      }
    }
    Arrays.sort(inside);
    return new Bounds(quantile(inside, 0.25), quantile(inside, 0.75));
  }

  /** The pixels between the bounds, both included. */
  PixelSet admit(Plane plane) {
    boolean[] pixels = new boolean[plane.values().length];
    for (int i = 0; i < pixels.length; i++) {
      float value = plane.values()[i];
      pixels[i] = value >= lower && value <= upper;
    }
    return new PixelSet(plane.height(), plane.width(), pixels);
  }

  private static double quantile(float[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * ((double) sorted[above] - sorted[below]);
  }
}
