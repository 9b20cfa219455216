package dev.sightline.server.explain.measure;

import dev.sightline.heatmap.Plane;
import java.util.List;

/** Whether a map points into boxes. */
public final class Pointing {
  private Pointing() {}

  /**
   * The pointing game (Zhang et al. 2016), without a margin: whether the map's largest value lies
   * in one of the boxes. Of several largest values the one furthest up, then furthest left, counts.
   */
  public static boolean hits(Plane map, List<Box> boxes) {
    int peak = 0;
    for (int i = 1; i < map.values().length; i++) {
      if (map.values()[i] > map.values()[peak]) {
        peak = i;
      }
    }
    return contains(boxes, map.width(), peak);
  }

  /**
   * The energy-based pointing game (Wang et al. 2020): the share of the map's sum that lies in any
   * of the boxes.
   *
   * @param map no value is negative
   * @return 0 to 1; 0 for a map of zeros
   */
  public static double energy(Plane map, List<Box> boxes) {
    double inside = 0;
    double all = 0;
    for (int i = 0; i < map.values().length; i++) {
      double value = map.values()[i];
      all += value;
      inside += contains(boxes, map.width(), i) ? value : 0;
    }
    return all == 0 ? 0 : inside / all;
  }

  private static boolean contains(List<Box> boxes, int width, int pixel) {
    return boxes.stream()
        .anyMatch(box -> box.containsPixel(pixel % width, Math.floorDiv(pixel, width)));
  }
}
