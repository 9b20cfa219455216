package dev.sightline.server.explain.refine;

/** How a refined map came about. */
public enum Outcome {
  /** The region grew; the map is the low-resolution one within it. */
  GROWN,

  /**
   * No region grew, or next to none of the region of interest: the map is the low-resolution one
   * (paper, §5).
   */
  COLLAPSED,

  /** The region grew over all of the image: the map is the low-resolution one (paper, §5). */
  FLOODED
}
