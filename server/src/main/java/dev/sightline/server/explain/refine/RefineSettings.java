package dev.sightline.server.explain.refine;

/**
 * What the paper leaves open, with defaults that were chosen on one half of a set of photographs
 * with masks and confirmed on the other. What it says is not here: the 15 % of the region of
 * interest, the 5 x 5 blur, the Sobel operator, the quartiles.
 *
 * @param focalRadius the region grows from all pixels within so many rows and columns of a focal
 *     point, not from that pixel alone, which is only as exact as a cell of the grid; in pixels, 0
 *     or more
 * @param rim whether pixels above the upper bound that are connected to the grown region join it:
 *     they are the object's outline and strong marks, and without them the region ends before its
 *     edges and its holes stay open
 * @param holeShare a hole of at most this share of all pixels is filled, 0 to 1
 * @param feather the standard deviation in pixels of the Gaussian that softens the grown region's
 *     edge before it is merged; 0 for none
 * @param threshold the pixels of the refined map at or above it are the mask; above 0, at most 1
 * @param collapsed a region that covers less than this share of the region of interest has
 *     collapsed, 0 to 1
 * @param flooded a region that covers more than this share of all pixels has flooded the image, 0
 *     to 1
 * @param stages whether the result has a picture of each step
 */
public record RefineSettings(
    int focalRadius,
    boolean rim,
    double holeShare,
    double feather,
    double threshold,
    double collapsed,
    double flooded,
    boolean stages) {

  /** What is used where nothing else is asked for. */
  public static final RefineSettings DEFAULT =
      new RefineSettings(4, true, 0.05, 3, 0.35, 0.1, 0.9, false);

  /**
   * The paper's steps and nothing beside them: growing from the focal points themselves, no rim,
   * small holes, a hard edge, and a mask cut where Selvaraju et al. cut a Grad-CAM.
   */
  public static final RefineSettings PLAIN =
      new RefineSettings(0, false, 0.01, 0, 0.15, 0.1, 0.9, false);

  /** Checks the ranges. */
  public RefineSettings {
    if (focalRadius < 0 || !(feather >= 0) || !Double.isFinite(feather)) {
      throw new IllegalArgumentException(
          "a focal radius of %d, a feather of %s".formatted(focalRadius, feather));
    }
    requireShare("hole", holeShare);
    requireShare("collapsed", collapsed);
    requireShare("flooded", flooded);
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException("a threshold of " + threshold);
    }
  }

  /** The same with pictures of the steps. */
  public RefineSettings withStages() {
    return new RefineSettings(
        focalRadius, rim, holeShare, feather, threshold, collapsed, flooded, true);
  }

  private static void requireShare(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share of %s for %s".formatted(share, name));
    }
  }
}
