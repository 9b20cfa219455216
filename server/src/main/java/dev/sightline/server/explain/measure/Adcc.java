package dev.sightline.server.explain.measure;

import dev.sightline.heatmap.Plane;

/**
 * Average drop, coherency and complexity in one number (Poppi et al. 2021), of one image; over many
 * images their means are given.
 *
 * @param drop max(0, p − p')/p of the image times its map, 0 to 1; 0 is best
 * @param coherency (r + 1)/2 with r Pearson's correlation of the map of the image times its map
 *     with the map itself, 0 to 1; 1 is best. Of a constant map r is taken as 0
 * @param complexity the mean of the normalised map, 0 to 1; 0 is best
 */
public record Adcc(double drop, double coherency, double complexity) {

  /**
   * The measures of one image.
   *
   * @param map normalised to [0, 1]
   * @param mapOfMasked the map, by the same method and for the same class, of the image times map
   * @param probability p of the image as it is; above 0
   * @param masked p' of the image times map
   */
  public static Adcc of(Plane map, Plane mapOfMasked, double probability, double masked) {
    double sum = 0;
    for (float value : map.values()) {
      sum += Math.abs(value);
    }
    double r = Correlation.pearson(map.values(), mapOfMasked.values());
    return new Adcc(
        Confidence.dropPercent(probability, masked) / 100,
        ((Double.isNaN(r) ? 0 : r) + 1) / 2,
        sum / map.values().length);
  }

  /** The harmonic mean of coherency, 1 − complexity and 1 − drop; 0 if one of them is 0. */
  public double value() {
    double simplicity = 1 - complexity;
    double kept = 1 - drop;
    return coherency <= 0 || simplicity <= 0 || kept <= 0
        ? 0
        : 3 / (1 / coherency + 1 / simplicity + 1 / kept);
  }
}
