package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;

/**
 * A set of pixels.
 *
 * @param pixels height·width, row by row; not copied and never changed
 */
record PixelSet(int height, int width, boolean[] pixels) {

  /** The pixels whose value is at least {@code least}. */
  static PixelSet atLeast(Plane plane, double least) {
    boolean[] pixels = new boolean[plane.values().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = plane.values()[i] >= least;
    }
    return new PixelSet(plane.height(), plane.width(), pixels);
  }

  PixelSet and(PixelSet other) {
    boolean[] both = new boolean[pixels.length];
    for (int i = 0; i < both.length; i++) {
      both[i] = pixels[i] && other.pixels[i];
    }
    return new PixelSet(height, width, both);
  }

  PixelSet or(PixelSet other) {
    boolean[] either = new boolean[pixels.length];
    for (int i = 0; i < either.length; i++) {
      either[i] = pixels[i] || other.pixels[i];
    }
    return new PixelSet(height, width, either);
  }

  PixelSet not() {
    boolean[] others = new boolean[pixels.length];
    for (int i = 0; i < others.length; i++) {
      others[i] = !pixels[i];
    }
    return new PixelSet(height, width, others);
  }

  int count() {
    int count = 0;
    for (boolean pixel : pixels) {
      count += pixel ? 1 : 0;
    }
    return count;
  }

  /** 1 in the set, 0 elsewhere. */
  Plane picture() {
    float[] values = new float[pixels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = pixels[i] ? 1 : 0;
    }
    return new Plane(height, width, values);
  }
}
