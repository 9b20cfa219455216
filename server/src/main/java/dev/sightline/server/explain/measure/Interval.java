package dev.sightline.server.explain.measure;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * An interval of confidence.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {
  /** The fewest values of which an interval is given: the resamples of fewer are too alike. */
  public static final int FEWEST = 5;

  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

  /**
   * The 95 % bootstrap interval of a mean, by percentiles of the means of 2000 resamples.
   *
   * @param values finite
   * @param seed the same seed gives the same interval
   * @return nothing for fewer than {@link #FEWEST} values, and nothing if all are equal: their
   *     resamples are all the same, which says nothing of how sure the mean is
   */
  public static Optional<Interval> ofMean(double[] values, long seed) {
    if (values.length < FEWEST || Arrays.stream(values).distinct().count() == 1) {
      return Optional.empty();
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int n = 0; n < values.length; n++) {
        sum += values[random.nextInt(values.length)];
      }
      means[i] = sum / values.length;
    }
    Arrays.sort(means);
    return Optional.of(new Interval(quantile(means, TAIL), quantile(means, 1 - TAIL)));
  }

  private static double quantile(double[] sorted, double q) {
    return sorted[(int) Math.round(q * (sorted.length - 1))];
  }
}
