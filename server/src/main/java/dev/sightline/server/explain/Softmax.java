package dev.sightline.server.explain;

/** The softmax, in double. */
final class Softmax {
  private Softmax() {}

  /** exp(v_i) / Σ_j exp(v_j); NaN throughout if a value is NaN or positive infinity. */
  static double[] of(float[] values) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      largest = Math.max(largest, value);
    }
    double[] shares = new double[values.length];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      // The largest is taken off so that nothing overflows; it cancels.
      shares[i] = Math.exp(values[i] - largest);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }
}
