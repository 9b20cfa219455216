package dev.sightline.server.explain;

/** Sums over vectors of one length. */
final class Vectors {
  private Vectors() {}

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double length(double[] vector) {
    return Math.sqrt(dot(vector, vector));
  }

  static void addScaled(double[] sums, double[] values, double factor) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * values[i];
    }
  }

  static double[] scaled(double[] values, double factor) {
    double[] scaled = new double[values.length];
    addScaled(scaled, values, factor);
    return scaled;
  }
}
