package dev.sightline.heatmap;

import java.util.Arrays;

/**
 * One of the two matrices of a separable expansion, G (pixels × cells), kept as its bands: the row
 * of a pixel holds the weights of the cells {@code first[p]} to {@code first[p] + weights[p].length
 * - 1}, and every other weight of the row is zero or too small to matter.
 */
record AxisKernel(int cells, int[] first, double[][] weights) {
  /** A weight below this part of the largest one in its row changes no float32 sum. */
  private static final double NEGLIGIBLE = 1e-20;

  int pixels() {
    return first.length;
  }

  /** Bilinear: half-pixel centres, edges clamped. */
  static AxisKernel bilinear(int cells, int pixels) {
    int[] first = new int[pixels];
    double[][] weights = new double[pixels][];
    for (int p = 0; p < pixels; p++) {
      double position = (p + 0.5) * cells / pixels - 0.5;
      double clamped = Math.min(Math.max(position, 0), cells - 1);
      int cell = (int) clamped;
      double share = clamped - cell;
      first[p] = cell;
      weights[p] = share == 0 ? new double[] {1} : new double[] {1 - share, share};
    }
    return new AxisKernel(cells, first, weights);
  }

  /**
   * Gaussian (Kim et al. 2020, Eq. 4): exp(−(p + 0.5 − c)²/(2σ²)) with the cell's centre c = (j +
   * 0.5)·pixels/cells. Not normalised.
   *
   * @param sigma in pixels of this axis
   */
  static AxisKernel gaussian(int cells, int pixels, double sigma) {
    int[] first = new int[pixels];
    double[][] weights = new double[pixels][];
    double pitch = (double) pixels / cells;
    double[] row = new double[cells];
    for (int p = 0; p < pixels; p++) {
      double largest = 0;
      for (int j = 0; j < cells; j++) {
        double distance = (p + 0.5 - (j + 0.5) * pitch) / sigma;
        row[j] = Math.exp(-0.5 * distance * distance);
        largest = Math.max(largest, row[j]);
      }
      // The weights of a row rise and fall once, so those that matter lie side by side.
      int from = 0;
      int to = cells;
      while (to - from > 1 && row[from] < largest * NEGLIGIBLE) {
        from++;
      }
      while (to - from > 1 && row[to - 1] < largest * NEGLIGIBLE) {
        to--;
      }
      first[p] = from;
      weights[p] = Arrays.copyOfRange(row, from, to);
    }
    return new AxisKernel(cells, first, weights);
  }

  /** How many weights it holds. */
  long size() {
    long size = 0;
    for (double[] row : weights) {
      size += row.length;
    }
    return size;
  }
}
