package dev.sightline.server.explain.measure;

import java.util.Arrays;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.ConjugateGradient;
import org.hipparchus.linear.RealLinearOperator;
import org.hipparchus.linear.RealVector;

/**
 * The system of equations behind a linear imputation: (Σ_j w_j)·x_i − Σ_j w_j·x_j = 0 for every
 * removed pixel i and the neighbours j that it has. What is known goes to the right; what is left
 * is sparse, symmetric and, as every removed pixel is connected to a known one, positive definite.
 */
final class RemovedPixels implements RealLinearOperator {
  private static final int NEIGHBOURS = 8;
  private static final int[] DOWN = {-1, -1, -1, 0, 0, 1, 1, 1};
  private static final int[] RIGHT = {-1, 0, 1, -1, 1, -1, 0, 1};
  private static final double BESIDE = 1 / 6.0;
  private static final double CORNER = 1 / 12.0;
  private static final int MOST_ITERATIONS = 20_000;

  /** Of the right side; far below a level of 8-bit colour. */
  private static final double RESIDUAL = 1e-5;

  /** The number of each removed pixel; −1 for the known ones. */
  private final int[] numbers;

  /** Eight a removed pixel: the pixel there, or −1 beyond the edge. */
  private final int[] neighbours;

  /** The same by the number of the removed pixel there, or −1. */
  private final int[] unknowns;

  private final double[] weights;
  private final int count;

  RemovedPixels(int height, int width, float[] kept) {
    numbers = new int[kept.length];
    int removed = 0;
    for (int i = 0; i < kept.length; i++) {
      numbers[i] = kept[i] == 0 ? removed++ : -1;
    }
    count = removed;
    neighbours = new int[NEIGHBOURS * count];
    unknowns = new int[NEIGHBOURS * count];
    weights = new double[count];
    Arrays.fill(neighbours, -1);
    Arrays.fill(unknowns, -1);
    for (int i = 0; i < kept.length; i++) {
      if (numbers[i] >= 0) {
        connect(numbers[i], Math.floorDiv(i, width), i % width, height, width);
      }
    }
  }

  private void connect(int n, int row, int column, int height, int width) {
    for (int d = 0; d < NEIGHBOURS; d++) {
      int otherRow = row + DOWN[d];
      int otherColumn = column + RIGHT[d];
      if (otherRow >= 0 && otherRow < height && otherColumn >= 0 && otherColumn < width) {
        int other = otherRow * width + otherColumn;
        neighbours[NEIGHBOURS * n + d] = other;
        unknowns[NEIGHBOURS * n + d] = numbers[other];
        weights[n] += weight(d);
      }
    }
  }

  /** The number of a removed pixel, or −1 if it is known. */
  int number(int pixel) {
    return numbers[pixel];
  }

  /** Values for the removed pixels of a channel, by their numbers. */
  double[] impute(float[] input, int from) {
    double mean = mean(input, from);
    double[] values = new double[count];
    double[] right = right(input, from, mean);
    // Of equal known pixels, the mean is the solution, and there is no residual to reduce.
    if (Arrays.stream(right).anyMatch(value -> value != 0)) {
      RealVector solution =
          new ConjugateGradient(MOST_ITERATIONS, RESIDUAL, false)
              .solve(this, new ArrayRealVector(right, false));
      values = solution.toArray();
    }
    for (int n = 0; n < count; n++) {
      values[n] += mean;
    }
    return values;
  }

  /** Of the known pixels; of all, if none is known. */
  private double mean(float[] input, int from) {
    boolean noneKnown = count == numbers.length;
    double sum = 0;
    int counted = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (noneKnown || numbers[i] < 0) {
        sum += input[from + i];
        counted++;
      }
    }
    return sum / counted;
  }

  private double[] right(float[] input, int from, double mean) {
    double[] right = new double[count];
    for (int at = 0; at < neighbours.length; at++) {
      if (neighbours[at] >= 0 && unknowns[at] < 0) {
        right[at / NEIGHBOURS] += weight(at % NEIGHBOURS) * (input[from + neighbours[at]] - mean);
      }
    }
    return right;
  }

  @Override
  public RealVector operate(RealVector vector) {
    double[] x = vector.toArray();
    double[] result = new double[count];
    for (int n = 0; n < count; n++) {
      double others = 0;
      for (int d = 0; d < NEIGHBOURS; d++) {
        int other = unknowns[NEIGHBOURS * n + d];
        if (other >= 0) {
          others += weight(d) * x[other];
        }
      }
      result[n] = weights[n] * x[n] - others;
    }
    return new ArrayRealVector(result, false);
  }

  private static double weight(int direction) {
    return DOWN[direction] == 0 || RIGHT[direction] == 0 ? BESIDE : CORNER;
  }

  @Override
  public int getRowDimension() {
    return count;
  }

  @Override
  public int getColumnDimension() {
    return count;
  }
}
