package dev.sightline.server.explain;

import java.util.function.IntToDoubleFunction;

/**
 * The h·w cells of a layer as observations of K variables, each centred over the cells. Kept
 * transposed: {@code columns[k][cell]}.
 */
record CellMatrix(double[][] columns) {

  /** The matrix of a K × h × w tensor that is given by the index of its element. */
  static CellMatrix of(Evidence e, IntToDoubleFunction tensor) {
    double[][] columns = new double[e.channels()][e.cells()];
    for (int k = 0; k < columns.length; k++) {
      double[] column = columns[k];
      double mean = 0;
      for (int i = 0; i < column.length; i++) {
        column[i] = tensor.applyAsDouble(k * column.length + i);
        mean += column[i] / column.length;
      }
      for (int i = 0; i < column.length; i++) {
        column[i] -= mean;
      }
    }
    return new CellMatrix(columns);
  }

  int cells() {
    return columns[0].length;
  }

  /** Σ_k of every cell. */
  double[] rowSums() {
    double[] sums = new double[cells()];
    for (double[] column : columns) {
      addScaled(sums, column, 1);
    }
    return sums;
  }

  /** The product with a vector of K, one number a cell. */
  double[] times(double[] vector) {
    double[] product = new double[cells()];
    for (int k = 0; k < columns.length; k++) {
      addScaled(product, columns[k], vector[k]);
    }
    return product;
  }

  /** X Xᵀ, cells × cells. */
  double[][] gramOfCells() {
    double[][] gram = new double[cells()][cells()];
    for (double[] column : columns) {
      for (int i = 0; i < gram.length; i++) {
        addScaled(gram[i], column, column[i]);
      }
    }
    return gram;
  }

  /** Xᵀ X, K × K. */
  double[][] gramOfChannels() {
    double[][] gram = new double[columns.length][columns.length];
    for (int k = 0; k < gram.length; k++) {
      for (int l = 0; l <= k; l++) {
        gram[k][l] = dot(columns[k], columns[l]);
        gram[l][k] = gram[k][l];
      }
    }
    return gram;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void addScaled(double[] sums, double[] values, double factor) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * values[i];
    }
  }
}
