package dev.sightline.server.explain;

import dev.sightline.v1.Method;

/** The equations as they are printed, one cell at a time in double. */
final class NaiveMethods {
  private NaiveMethods() {}

  static double[] map(Method method, double[][][] a, double[][][] g) {
    int h = a[0].length;
    int w = a[0][0].length;
    double[] map = new double[h * w];
    for (int i = 0; i < h; i++) {
      for (int j = 0; j < w; j++) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
          sum +=
              switch (method) {
                case METHOD_CAM -> sum(g[k]) * a[k][i][j];
                case METHOD_GRAD_CAM -> sum(g[k]) / (h * w) * a[k][i][j];
                case METHOD_GRAD_CAM_PER_CHANNEL -> Math.max(sum(g[k]) / (h * w), 0) * a[k][i][j];
                case METHOD_GRAD_CAM_PLUS_PLUS_NORMALISED ->
                    plusPlusNormalised(a[k], g[k]) * a[k][i][j];
                case METHOD_GRAD_CAM_PLUS_PLUS, METHOD_SMOOTH_GRAD_CAM_PLUS_PLUS ->
                    plusPlus(a[k], g[k]) * a[k][i][j];
                case METHOD_EXTENDED_CAM, METHOD_HI_RES_CAM -> g[k][i][j] * a[k][i][j];
                case METHOD_LAYER_CAM -> Math.max(g[k][i][j], 0) * a[k][i][j];
                case METHOD_XGRAD_CAM -> xGrad(a[k], g[k]) * a[k][i][j];
                default -> throw new IllegalArgumentException(method.name());
              };
        }
        boolean signed = method == Method.METHOD_CAM || method == Method.METHOD_EXTENDED_CAM;
        map[i * w + j] = signed ? sum : Math.max(sum, 0);
      }
    }
    return map;
  }

  /** max_c |g_c|. */
  static double[] atInput(double[][][] g) {
    int h = g[0].length;
    int w = g[0][0].length;
    double[] map = new double[h * w];
    for (int i = 0; i < h; i++) {
      for (int j = 0; j < w; j++) {
        for (double[][] channel : g) {
          map[i * w + j] = Math.max(map[i * w + j], Math.abs(channel[i][j]));
        }
      }
    }
    return map;
  }

  private static double plusPlusNormalised(double[][] a, double[][] g) {
    double alphas = 0;
    for (double[] row : g) {
      for (double v : row) {
        double denominator = 2 * v * v + sum(a) * v * v * v;
        alphas += v <= 0 || denominator == 0 ? 0 : v * v / denominator;
      }
    }
    return alphas == 0 ? plusPlus(a, g) : plusPlus(a, g) / alphas;
  }

  private static double plusPlus(double[][] a, double[][] g) {
    double weight = 0;
    for (double[] row : g) {
      for (double v : row) {
        double denominator = 2 * v * v + sum(a) * v * v * v;
        double alpha = v == 0 || denominator == 0 ? 0 : v * v / denominator;
        weight += alpha * Math.max(v, 0);
      }
    }
    return weight;
  }

  private static double xGrad(double[][] a, double[][] g) {
    double weighted = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        weighted += g[i][j] * a[i][j];
      }
    }
    return sum(a) == 0 ? 0 : weighted / sum(a);
  }

  private static double sum(double[][] values) {
    double sum = 0;
    for (double[] row : values) {
      for (double value : row) {
        sum += value;
      }
    }
    return sum;
  }
}
