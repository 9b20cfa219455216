package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;

/**
 * Step 4: connected-threshold region growing.
 *
 * <p><i>Choices:</i> pixels that touch at a corner are connected; a seed outside the bounds grows
 * nothing.
 */
final class RegionGrowing {
  private static final int NEIGHBOURS = 8;

  private RegionGrowing() {}

  /** All pixels within {@code radius} rows and columns of one of {@code points}. */
  static PixelSet seeds(PixelSet points, int radius) {
    boolean[] pixels = new boolean[points.pixels().length];
    for (int i = 0; i < pixels.length; i++) {
      if (points.pixels()[i]) {
        int row = i / points.width();
        int column = i % points.width();
        for (int r = Math.max(0, row - radius);
            r <= Math.min(points.height() - 1, row + radius);
            r++) {
          for (int c = Math.max(0, column - radius);
              c <= Math.min(points.width() - 1, column + radius);
              c++) {
            pixels[r * points.width() + c] = true;
          }
        }
      }
    }
    return new PixelSet(points.height(), points.width(), pixels);
  }

  /** The pixels within the bounds that are connected to a seed through such pixels. */
  static PixelSet grown(Plane edges, Bounds bounds, PixelSet seeds) {
    return Components.of(bounds.admit(edges), NEIGHBOURS).touching(seeds);
  }

  /** The region and what is at or above the upper bound and connected to it. */
  static PixelSet withRim(Plane edges, Bounds bounds, PixelSet region) {
    PixelSet strong = PixelSet.atLeast(edges, bounds.upper());
    return Components.of(region.or(strong), NEIGHBOURS).touching(region);
  }
}
