package dev.sightline.server.explain;

import java.util.function.IntToDoubleFunction;

/**
 * The h·w cells of a layer as observations of K variables, each centred over the cells: the matrix
 * X, h·w × K. Kept by columns.
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
      Vectors.addScaled(sums, column, 1);
    }
    return sums;
  }

  /** The sum of the squares of all elements. */
  double energy() {
    double energy = 0;
    for (double[] column : columns) {
      energy += Vectors.dot(column, column);
    }
    return energy;
  }

  /** X Xᵀ u. */
  double[] gramTimes(double[] u) {
    double[] product = new double[u.length];
    for (double[] column : columns) {
      Vectors.addScaled(product, column, Vectors.dot(column, u));
    }
    return product;
  }
}
