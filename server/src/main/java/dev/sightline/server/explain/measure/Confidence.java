package dev.sightline.server.explain.measure;

/**
 * What masking an image does to the probability of its class (Chattopadhay et al. 2018). The
 * measures over many images are the means of these.
 */
public final class Confidence {
  private Confidence() {}

  /**
   * By how much of itself the probability dropped: 100 · max(0, p − p')/p.
   *
   * @param probability p, of the image as it is; above 0
   * @param masked p', of the masked image
   * @return percent, 0 to 100; less is better
   */
  public static double dropPercent(double probability, double masked) {
    requirePositive(probability);
    return 100 * Math.max(0, probability - masked) / probability;
  }

  /**
   * Whether the probability rose, as a share of images: 100 if p' &gt; p, else 0.
   *
   * @return percent; more is better
   */
  public static double increasePercent(double probability, double masked) {
    requirePositive(probability);
    return masked > probability ? 100 : 0;
  }

  private static void requirePositive(double probability) {
    if (!(probability > 0)) {
      throw new IllegalArgumentException("the class has the probability " + probability);
    }
  }
}
