package dev.sightline.server.explain.measure;

/**
 * Insertion and deletion (Petsiuk et al. 2018): the class's probability while pixels appear or
 * vanish, the most relevant first, in equal steps.
 */
public final class Curve {
  private Curve() {}

  /**
   * The pixels that have appeared or vanished after a step.
   *
   * @param step 0 for none to {@code steps} for all
   */
  public static int pixels(int step, int steps, int pixels) {
    return (int) Math.round((double) step * pixels / steps);
  }

  /**
   * The area under the curve by the trapezoidal rule, over shares of pixels from 0 to 1.
   *
   * @param probabilities after steps 0, 1, …; at least two
   */
  public static double area(double[] probabilities) {
    if (probabilities.length < 2) {
      throw new IllegalArgumentException("a curve of %d points".formatted(probabilities.length));
    }
    double sum = 0;
    for (int i = 1; i < probabilities.length; i++) {
      sum += (probabilities[i - 1] + probabilities[i]) / 2;
    }
    return sum / (probabilities.length - 1);
  }
}
