package dev.sightline.server.explain;

import java.util.Arrays;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.EigenDecompositionSymmetric;

/** The projection of a matrix's rows on its first principal component. */
final class FirstComponent {
  private FirstComponent() {}

  /**
   * X v, with v the first right singular vector of the centred matrix X, by the smaller of X Xᵀ and
   * Xᵀ X.
   *
   * @param direction the result correlates positively with it; it is centred. Where they do not
   *     correlate at all the largest absolute value is positive
   */
  static float[] projection(CellMatrix matrix, double[] direction) {
    boolean fewCells = matrix.cells() <= matrix.columns().length;
    double[][] gram = fewCells ? matrix.gramOfCells() : matrix.gramOfChannels();
    double[] projection = new double[matrix.cells()];
    double largest = largest(gram);
    if (!Double.isFinite(largest)) {
      Arrays.fill(projection, Double.NaN);
    } else if (largest > 0) {
      double[] first = eigenvector(gram, largest);
      projection = fewCells ? scaled(first, Math.sqrt(energy(gram, first))) : matrix.times(first);
    }
    return signed(projection, direction);
  }

  /** The eigenvector of the largest eigenvalue, of length 1. */
  private static double[] eigenvector(double[][] gram, double largest) {
    // Scaled to 1, as the decomposition takes entries below its absolute threshold for zero.
    double[][] unit = new double[gram.length][];
    for (int i = 0; i < gram.length; i++) {
      unit[i] = scaled(gram[i], 1 / largest);
    }
    return new EigenDecompositionSymmetric(new Array2DRowRealMatrix(unit, false))
        .getEigenvector(0)
        .toArray();
  }

  /** vᵀ G v, and so the eigenvalue of an eigenvector v; at least 0. */
  private static double energy(double[][] gram, double[] vector) {
    double energy = 0;
    for (int i = 0; i < gram.length; i++) {
      energy += vector[i] * CellMatrix.dot(gram[i], vector);
    }
    return Math.max(energy, 0);
  }

  private static double largest(double[][] gram) {
    // The largest entry of X Xᵀ lies on its diagonal, and so does every NaN.
    double largest = 0;
    for (int i = 0; i < gram.length; i++) {
      largest = Math.max(largest, gram[i][i]);
    }
    return largest;
  }

  private static double[] scaled(double[] values, double factor) {
    double[] scaled = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = values[i] * factor;
    }
    return scaled;
  }

  private static float[] signed(double[] projection, double[] direction) {
    double agreement = CellMatrix.dot(projection, direction);
    double strongest = 0;
    for (double value : projection) {
      strongest = Math.abs(value) > Math.abs(strongest) ? value : strongest;
    }
    double sign = (agreement == 0 ? strongest : agreement) < 0 ? -1 : 1;
    float[] map = new float[projection.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) (sign * projection[i]);
    }
    return map;
  }
}
