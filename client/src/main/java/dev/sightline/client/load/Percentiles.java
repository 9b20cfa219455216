package dev.sightline.client.load;

import org.HdrHistogram.Histogram;

/**
 * How times are distributed, in milliseconds; all zero for none.
 *
 * @param count how many they are
 */
public record Percentiles(
    long count, double mean, double p50, double p90, double p99, double p999, double max) {
  static final double MILLIS = 1000;

  /** Of a histogram of microseconds. */
  static Percentiles of(Histogram micros) {
    return micros.getTotalCount() == 0
        ? new Percentiles(0, 0, 0, 0, 0, 0, 0)
        : new Percentiles(
            micros.getTotalCount(),
            micros.getMean() / MILLIS,
            at(micros, 50),
            at(micros, 90),
            at(micros, 99),
            at(micros, 99.9),
            micros.getMaxValue() / MILLIS);
  }

  private static double at(Histogram micros, double percentile) {
    return micros.getValueAtPercentile(percentile) / MILLIS;
  }
}
