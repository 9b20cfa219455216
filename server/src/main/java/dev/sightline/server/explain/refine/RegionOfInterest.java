package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;

/**
 * Step 2: the 15 % most intense pixels of the low-resolution map.
 *
 * <p><i>Choices:</i> pixels as intense as the last one are in it too, and a pixel without any
 * intensity is not, however few have one.
 */
final class RegionOfInterest {
  /** The share of the pixels. */
  static final double SHARE = 0.15;

  private RegionOfInterest() {}

  /**
   * The most intense pixels.
   *
   * @param cam scaled to [0, 1]
   */
  static PixelSet of(Plane cam) {
    float[] sorted = cam.values().clone();
    Arrays.sort(sorted);
    int wanted = (int) Math.ceil(SHARE * sorted.length);
    return PixelSet.atLeast(cam, Math.max(sorted[sorted.length - wanted], Float.MIN_VALUE));
  }
}
