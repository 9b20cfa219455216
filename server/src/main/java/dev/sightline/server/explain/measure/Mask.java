package dev.sightline.server.explain.measure;

import dev.sightline.heatmap.Plane;

/**
 * Which pixels belong to an object, or to what a map takes for one.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param inside height·width values, row by row; not copied
 */
public record Mask(int height, int width, boolean[] inside) {

  /** Checks that the values fill it. */
  public Mask {
    if (height < 1 || width < 1 || (long) height * width != inside.length) {
      throw new IllegalArgumentException(
          "%d values for a mask of %d x %d".formatted(inside.length, height, width));
    }
  }

  /**
   * The pixels at or above a fraction of a map's maximum: all of them, not only the largest
   * connected part, as a mask may have several parts where a box may not.
   *
   * @param map finite; a map with negative values is cut at the fraction of its maximum all the
   *     same, so whoever wants it cut between its minimum and maximum normalises it first
   * @param fraction of the maximum, above 0 and at most 1
   * @return no pixel if no value is positive
   */
  public static Mask above(Plane map, double fraction) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException("a threshold of %s of the maximum".formatted(fraction));
    }
    double max = map.max();
    boolean[] inside = new boolean[map.values().length];
    for (int i = 0; i < inside.length; i++) {
      inside[i] = max > 0 && map.values()[i] >= fraction * max;
    }
    return new Mask(map.height(), map.width(), inside);
  }

  /** Its pixels. */
  public int area() {
    int area = 0;
    for (boolean pixel : inside) {
      area += pixel ? 1 : 0;
    }
    return area;
  }

  /**
   * Intersection over union, from 0 for masks apart to 1 for equal ones; 0 if both are empty.
   *
   * @throws IllegalArgumentException if they differ in size
   */
  public double iou(Mask other) {
    if (height != other.height || width != other.width) {
      throw new IllegalArgumentException(
          "masks of %d x %d and %d x %d".formatted(height, width, other.height, other.width));
    }
    int both = 0;
    int either = 0;
    for (int i = 0; i < inside.length; i++) {
      both += inside[i] && other.inside[i] ? 1 : 0;
      either += inside[i] || other.inside[i] ? 1 : 0;
    }
    return either == 0 ? 0 : (double) both / either;
  }
}
