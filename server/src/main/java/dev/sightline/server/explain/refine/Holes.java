package dev.sightline.server.explain.refine;

/**
 * Step 5: holes are filled.
 *
 * <p><i>Choices:</i> a hole is a set of pixels outside the region, connected by their sides alone,
 * that does not reach the border of the image.
 */
final class Holes {
  private static final int NEIGHBOURS = 4;

  private Holes() {}

  /** The region with its holes of at most {@code largest} pixels. */
  static PixelSet filled(PixelSet region, double largest) {
    Components outside = Components.of(region.not(), NEIGHBOURS);
    int[] area = new int[outside.count()];
    boolean[] hole = new boolean[outside.count()];
    for (int i = 0; i < outside.labels().length; i++) {
      area[outside.labels()[i]]++;
    }
    for (int component = 1; component < hole.length; component++) {
      hole[component] = area[component] <= largest;
    }
    for (int row = 0; row < region.height(); row++) {
      int step = row == 0 || row == region.height() - 1 ? 1 : Math.max(1, region.width() - 1);
      for (int column = 0; column < region.width(); column += step) {
        hole[outside.labels()[row * region.width() + column]] = false;
      }
    }
    return region.or(outside.select(hole));
  }
}
