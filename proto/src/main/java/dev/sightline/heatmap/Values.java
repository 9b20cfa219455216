package dev.sightline.heatmap;

/** What grids and planes have in common: float32 numbers that fill a rectangle. */
final class Values {
  private static final int QUANTILE_BINS = 4096;

  private Values() {}

  static void requireFilled(int height, int width, int length) {
    if (height < 1 || width < 1 || (long) height * width != length) {
      throw new IllegalArgumentException(
          "%d values for %d rows of %d".formatted(length, height, width));
    }
  }

  static float min(float[] values) {
    float min = values[0];
    for (float value : values) {
      min = Math.min(min, value);
    }
    return min;
  }

  static float max(float[] values) {
    float max = values[0];
    for (float value : values) {
      max = Math.max(max, value);
    }
    return max;
  }

  static float[] normalised(float[] values, float min, float max) {
    float[] scaled = new float[values.length];
    // In double, where neither max - min nor the factor of a tiny range can overflow.
    double range = (double) max - min;
    if (range > 0) {
      double factor = 1 / range;
      for (int i = 0; i < values.length; i++) {
        scaled[i] = (float) ((values[i] - (double) min) * factor);
      }
    }
    return scaled;
  }

  /**
   * The value that a share of the positive ones does not exceed, to a 4096th of 1.
   *
   * @param values at most 1
   * @param share in (0, 1]
   * @return above 0; 1 if no value is positive
   */
  static float quantileOfPositive(float[] values, float share) {
    int[] counts = new int[QUANTILE_BINS];
    int positive = 0;
    for (float value : values) {
      if (value > 0) {
        counts[Math.min(QUANTILE_BINS - 1, (int) (value * QUANTILE_BINS))]++;
        positive++;
      }
    }
    long sought = (long) Math.ceil((double) share * positive);
    long seen = 0;
    for (int bin = 0; bin < QUANTILE_BINS && positive > 0; bin++) {
      seen += counts[bin];
      if (seen >= sought) {
        return (bin + 1f) / QUANTILE_BINS;
      }
    }
    return 1;
  }

  static boolean allFinite(float[] values) {
    // x * 0 is zero for every finite x and NaN for all others, and needs no branch.
    float sum = 0;
    for (float value : values) {
      sum += value * 0f;
    }
    return sum == 0;
  }

  /** The values with zero in place of every NaN and infinity; the array itself if it has none. */
  static float[] finite(float[] values) {
    if (allFinite(values)) {
      return values;
    }
    float[] finite = values.clone();
    for (int i = 0; i < finite.length; i++) {
      if (!Float.isFinite(finite[i])) {
        finite[i] = 0;
      }
    }
    return finite;
  }

  /**
   * The values with the largest float32 number in place of infinity; the array itself if possible.
   */
  static float[] bounded(float[] values) {
    if (allFinite(values)) {
      return values;
    }
    float[] bounded = new float[values.length];
    for (int i = 0; i < bounded.length; i++) {
      bounded[i] = Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, values[i]));
    }
    return bounded;
  }
}
