package dev.sightline.server.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.hipparchus.linear.EigenDecompositionSymmetric;

/**
 * The projection of a matrix's rows on its first principal component, by the Lanczos process on X
 * Xᵀ: some dozen products with X, where decomposing the smaller of the Gram matrices would take
 * seconds for a layer of 28 × 28 cells and 1024 channels.
 */
final class FirstComponent {
  /** Of the eigenvector's residual, relative to the sum of all eigenvalues. */
  private static final double TOLERANCE = 1e-10;

  /**
   * Reached only where the first eigenvalues are all but equal, and no first component stands out.
   */
  private static final int MOST_STEPS = 240;

  private static final int STEPS_BETWEEN_CHECKS = 8;

  private FirstComponent() {}

  /**
   * X v, with v the first right singular vector of the centred matrix X.
   *
   * @param direction the result correlates positively with it; it is centred. Where they do not
   *     correlate at all, the largest absolute value is positive
   */
  static float[] projection(CellMatrix matrix, double[] direction) {
    double energy = matrix.energy();
    double[] projection = new double[matrix.cells()];
    if (!Double.isFinite(energy)) {
      Arrays.fill(projection, Double.NaN);
    } else if (energy > 0) {
      double[] u = leftSingularVector(matrix, energy);
      double singularValue = Math.sqrt(Vectors.dot(u, matrix.gramTimes(u)));
      projection = Vectors.scaled(u, singularValue);
    }
    return signed(projection, direction);
  }

  private static double[] leftSingularVector(CellMatrix matrix, double energy) {
    List<double[]> basis = new ArrayList<>();
    double[] diagonal = new double[MOST_STEPS];
    double[] beside = new double[MOST_STEPS];
    double[] next = start(matrix);
    while (true) {
      int step = basis.size();
      basis.add(Vectors.scaled(next, 1 / Vectors.length(next)));
      // Divided by the sum of the eigenvalues, so that they lie between 0 and 1 whatever the scale.
      next = Vectors.scaled(matrix.gramTimes(basis.get(step)), 1 / energy);
      diagonal[step] = Vectors.dot(next, basis.get(step));
      removeAll(basis, next);
      beside[step] = Vectors.length(next);
      int steps = step + 1;
      boolean last = beside[step] <= TOLERANCE || steps == MOST_STEPS;
      if (last || steps % STEPS_BETWEEN_CHECKS == 0) {
        double[] first =
            new EigenDecompositionSymmetric(
                    Arrays.copyOf(diagonal, steps), Arrays.copyOf(beside, step))
                .getEigenvector(0)
                .toArray();
        if (last || beside[step] * Math.abs(first[step]) <= TOLERANCE) {
          return combined(basis, first);
        }
      }
    }
  }

  /** Any vector that has a part in every component, and none outside of all of them. */
  private static double[] start(CellMatrix matrix) {
    SplittableRandom random = new SplittableRandom(1);
    double[] any = new double[matrix.cells()];
    for (int i = 0; i < any.length; i++) {
      any[i] = random.nextDouble() - 0.5;
    }
    return matrix.gramTimes(any);
  }

  private static void removeAll(List<double[]> basis, double[] vector) {
    // Twice, as rounding leaves a part of what is far larger than the rest.
    for (int pass = 0; pass < 2; pass++) {
      for (double[] u : basis) {
        Vectors.addScaled(vector, u, -Vectors.dot(u, vector));
      }
    }
  }

  private static double[] combined(List<double[]> basis, double[] weights) {
    double[] sum = new double[basis.get(0).length];
    for (int i = 0; i < weights.length; i++) {
      Vectors.addScaled(sum, basis.get(i), weights[i]);
    }
    return Vectors.scaled(sum, 1 / Vectors.length(sum));
  }

  private static float[] signed(double[] projection, double[] direction) {
    double agreement = Vectors.dot(projection, direction);
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
