package dev.sightline.server.model.expansion;

/**
 * Mean and standard deviation of each channel of a tensor.
 *
 * @param means one a channel
 * @param deviations one a channel, none of them zero
 */
record Moments(float[] means, float[] deviations) {
  /** A channel that hardly ever differs would have its differences blown up beyond the others. */
  private static final double LEAST = 0.05;

  private static final double ROUNDING = 1e-3;

  float mean(int channel) {
    return means[channel];
  }

  float deviation(int channel) {
    return deviations[channel];
  }

  /** True if others are the same but for rounding. */
  boolean near(Moments others) {
    boolean near = means.length == others.means.length;
    for (int c = 0; near && c < means.length; c++) {
      double tolerance = ROUNDING * deviations[c];
      near =
          Math.abs(means[c] - others.means[c]) <= tolerance
              && Math.abs(deviations[c] - others.deviations[c]) <= tolerance;
    }
    return near;
  }

  /** Sums over images. Not thread-safe. */
  static final class Sum {
    private final double[] sums;
    private final double[] squares;
    private final int cells;
    private long count;

    /** Nothing yet, of a tensor of that many channels of that many cells. */
    Sum(int channels, int cells) {
      this.sums = new double[channels];
      this.squares = new double[channels];
      this.cells = cells;
    }

    /** Adds the first images of a tensor. */
    void add(float[] values, int images) {
      for (int i = 0; i < images * sums.length * cells; i++) {
        int channel = i / cells % sums.length;
        sums[channel] += values[i];
        squares[channel] += (double) values[i] * values[i];
      }
      count += (long) images * cells;
    }

    /** The moments of what was added. */
    Moments moments() {
      double[] variances = new double[sums.length];
      double total = 0;
      for (int c = 0; c < sums.length; c++) {
        double mean = sums[c] / count;
        variances[c] = Math.max(0, squares[c] / count - mean * mean);
        total += variances[c] / sums.length;
      }
      double least = total > 0 ? LEAST * Math.sqrt(total) : 1;
      float[] means = new float[sums.length];
      float[] deviations = new float[sums.length];
      for (int c = 0; c < sums.length; c++) {
        means[c] = (float) (sums[c] / count);
        deviations[c] = (float) Math.max(least, Math.sqrt(variances[c]));
      }
      return new Moments(means, deviations);
    }
  }
}
