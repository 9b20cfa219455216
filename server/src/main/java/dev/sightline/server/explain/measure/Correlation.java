package dev.sightline.server.explain.measure;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How alike two maps are. */
public final class Correlation {
  private Correlation() {}

  /**
   * Pearson's correlation.
   *
   * @return −1 to 1; NaN if one of them is constant
   * @throws IllegalArgumentException if they differ in length or are empty
   */
  public static double pearson(float[] a, float[] b) {
    return pearson(doubles(a), doubles(b));
  }

  /**
   * Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs.
   *
   * @return −1 to 1; NaN if one of them is constant
   * @throws IllegalArgumentException if they differ in length or are empty
   */
  public static double spearman(float[] a, float[] b) {
    return pearson(ranks(a), ranks(b));
  }

  private static double pearson(double[] a, double[] b) {
    if (a.length != b.length || a.length == 0) {
      throw new IllegalArgumentException("%d and %d values".formatted(a.length, b.length));
    }
    double meanA = Arrays.stream(a).average().orElseThrow();
    double meanB = Arrays.stream(b).average().orElseThrow();
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (int i = 0; i < a.length; i++) {
      aa += (a[i] - meanA) * (a[i] - meanA);
      bb += (b[i] - meanB) * (b[i] - meanB);
      ab += (a[i] - meanA) * (b[i] - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static double[] ranks(float[] values) {
    Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
    double[] ranks = new double[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to - 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
