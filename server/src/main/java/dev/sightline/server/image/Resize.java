package dev.sightline.server.image;

/** How a picture of any size becomes one of the network's size. */
public sealed interface Resize {

  /** The whole picture, its proportions given up. */
  Resize STRETCH = new Stretch();

  /**
   * The middle of the picture, its proportions kept: as if the picture were resized until its short
   * side has {@code shortSide} pixels, and the network's size were then cut out of its middle.
   *
   * @param shortSide at least the larger side of the network's input
   */
  static Resize centerCrop(int shortSide) {
    return new CenterCrop(shortSide);
  }

  /** See {@link #STRETCH}. */
  record Stretch() implements Resize {}

  /** See {@link #centerCrop}. */
  record CenterCrop(int shortSide) implements Resize {

    /** Checks that there is a side. */
    public CenterCrop {
      if (shortSide < 1) {
        throw new IllegalArgumentException("a short side of " + shortSide);
      }
    }
  }
}
