package dev.sightline.server.explain.measure;

import dev.sightline.heatmap.OpenCv;
import dev.sightline.heatmap.Plane;
import dev.sightline.v1.Method;
import java.util.Optional;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgproc.Imgproc;

/**
 * Where a map is strong: the largest connected component of the pixels at or above a fraction of
 * its maximum, as class-activation maps localise objects (Zhou et al. 2016, Selvaraju et al. 2017).
 *
 * <p>Choices that the papers leave open: pixels that touch at a corner are connected (8
 * neighbours), and of two components of one area the one that begins further up, then further left,
 * is taken.
 *
 * @param box its bounding box
 * @param area its pixels
 * @param score the share of the map's sum of positive values that lies in it, 0 to 1
 */
public record Region(Box box, int area, double score) {
  /** The fraction of the maximum at which Zhou et al. cut a CAM. */
  public static final double CAM_THRESHOLD = 0.2;

  /** The fraction of the maximum at which Selvaraju et al. cut a Grad-CAM. */
  public static final double GRAD_CAM_THRESHOLD = 0.15;

  private static final int NEIGHBOURS = 8;

  /** The fraction of the maximum that is taken for a method where nobody names one. */
  public static double usualThreshold(Method method) {
    return method == Method.METHOD_CAM ? CAM_THRESHOLD : GRAD_CAM_THRESHOLD;
  }

  /**
   * The region of a map.
   *
   * @param map finite; a map with negative values is cut at the fraction of its maximum all the
   *     same, so whoever wants it cut between its minimum and maximum normalises it first
   * @param fraction of the maximum, above 0 and at most 1
   * @return nothing if no value is positive
   */
  public static Optional<Region> of(Plane map, double fraction) {
    boolean[] above = Mask.above(map, fraction).inside();
    if (!(map.max() > 0)) {
      return Optional.empty();
    }
    byte[] strong = new byte[above.length];
    for (int i = 0; i < strong.length; i++) {
      strong[i] = (byte) (above[i] ? 1 : 0);
    }
    OpenCv.load();
    Mat mask = new Mat(map.height(), map.width(), CvType.CV_8UC1);
    Mat labels = new Mat();
    Mat statistics = new Mat();
    Mat centroids = new Mat();
    try {
      mask.put(0, 0, strong);
      int components =
          Imgproc.connectedComponentsWithStats(
              mask, labels, statistics, centroids, NEIGHBOURS, CvType.CV_32S);
      int[] label = new int[strong.length];
      labels.get(0, 0, label);
      int[] facts = new int[components * statistics.cols()];
      statistics.get(0, 0, facts);
      return Optional.of(largest(map, label, facts, components));
    } finally {
      mask.release();
      labels.release();
      statistics.release();
      centroids.release();
    }
  }

  private static Region largest(Plane map, int[] label, int[] facts, int components) {
    int columns = facts.length / components;
    int[] first = new int[components];
    for (int i = label.length - 1; i >= 0; i--) {
      first[label[i]] = i;
    }
    int best = 1;
    for (int component = 2; component < components; component++) {
      int area = facts[component * columns + Imgproc.CC_STAT_AREA];
      int most = facts[best * columns + Imgproc.CC_STAT_AREA];
      if (area > most || (area == most && first[component] < first[best])) {
        best = component;
      }
    }
    int row = best * columns;
    int left = facts[row + Imgproc.CC_STAT_LEFT];
    int top = facts[row + Imgproc.CC_STAT_TOP];
    Box box =
        new Box(
            left,
            top,
            left + facts[row + Imgproc.CC_STAT_WIDTH],
            top + facts[row + Imgproc.CC_STAT_HEIGHT]);
    double inside = 0;
    double all = 0;
    for (int i = 0; i < label.length; i++) {
      double positive = Math.max(0, map.values()[i]);
      all += positive;
      inside += label[i] == best ? positive : 0;
    }
    return new Region(box, facts[row + Imgproc.CC_STAT_AREA], inside / all);
  }
}
