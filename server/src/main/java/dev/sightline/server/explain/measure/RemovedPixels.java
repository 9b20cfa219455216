package dev.sightline.server.explain.measure;

/**
 * The system of equations behind a linear imputation: (Σ_j w_j)·x_i − Σ_j w_j·x_j = 0 for every
 * removed pixel i and the neighbours j that it has. What is known goes to the right; what is left
 * is symmetric and, as every removed pixel is connected to a known one, positive definite, so that
 * conjugate gradients solve it.
 *
 * <p>Vectors are whole images with a border of zeros, in which the known pixels are 0 and stay so:
 * the sums over neighbours then run along rows, several times as fast as along lists of neighbours.
 */
final class RemovedPixels {
  private static final double BESIDE = 1 / 6.0;
  private static final double CORNER = 1 / 12.0;
  private static final int MOST_ITERATIONS = 20_000;

  /** Of the right side; far below a level of 8-bit colour. */
  private static final double RESIDUAL = 1e-5;

  private final int height;
  private final int width;
  private final int stride;
  private final int length;

  /** 1 for a removed pixel, 0 for a known one and on the border. */
  private final double[] removed;

  /** The sum of the weights of the neighbours that a removed pixel has; 0 elsewhere. */
  private final double[] weights;

  private final int known;

  RemovedPixels(int height, int width, float[] kept) {
    this.height = height;
    this.width = width;
    stride = width + 2;
    length = (height + 2) * stride;
    removed = new double[length];
    double[] inside = new double[length];
    int keeps = 0;
    for (int i = 0; i < kept.length; i++) {
      removed[at(i)] = kept[i] == 0 ? 1 : 0;
      inside[at(i)] = 1;
      keeps += kept[i] == 0 ? 0 : 1;
    }
    known = keeps;
    weights = new double[length];
    neighbours(inside, weights);
  }

  /** Where a pixel is within the border. */
  private int at(int pixel) {
    return (pixel / width + 1) * stride + pixel % width + 1;
  }

  boolean removed(int pixel) {
    return removed[at(pixel)] != 0;
  }

  /** A channel with values for its removed pixels. */
  double[] impute(float[] input, int from) {
    double mean = mean(input, from);
    double[] left = new double[length];
    for (int i = 0; i < height * width; i++) {
      left[at(i)] = removed(i) ? 0 : input[from + i] - mean;
    }
    double[] right = new double[length];
    neighbours(left, right);
    double[] solution = solve(right);
    double[] values = new double[height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = removed(i) ? solution[at(i)] + mean : input[from + i];
    }
    return values;
  }

  /** Of the known pixels; of all, if none is known. */
  private double mean(float[] input, int from) {
    double sum = 0;
    for (int i = 0; i < height * width; i++) {
      sum += known == 0 || !removed(i) ? input[from + i] : 0;
    }
    return sum / (known == 0 ? height * width : known);
  }

  /** By conjugate gradients (Hestenes and Stiefel 1952), from zero. */
  private double[] solve(double[] right) {
    double[] x = new double[length];
    double[] residual = right.clone();
    double[] direction = right.clone();
    double[] image = new double[length];
    double squares = dot(residual, residual);
    double enough = RESIDUAL * RESIDUAL * squares;
    for (int n = 0; n < MOST_ITERATIONS && squares > enough; n++) {
      neighbours(direction, image);
      for (int i = 0; i < length; i++) {
        image[i] = weights[i] * direction[i] - image[i];
      }
      double step = squares / dot(direction, image);
      for (int i = 0; i < length; i++) {
        x[i] += step * direction[i];
        residual[i] -= step * image[i];
      }
      double now = dot(residual, residual);
      double kept = now / squares;
      for (int i = 0; i < length; i++) {
        direction[i] = residual[i] + kept * direction[i];
      }
      squares = now;
    }
    return x;
  }

  /** In four sums, as in a single one each addition would wait for the one before. */
  private static double dot(double[] a, double[] b) {
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    int whole = a.length - a.length % 4;
    for (int i = 0; i < whole; i += 4) {
      first += a[i] * b[i];
      second += a[i + 1] * b[i + 1];
      third += a[i + 2] * b[i + 2];
      fourth += a[i + 3] * b[i + 3];
    }
    for (int i = whole; i < a.length; i++) {
      first += a[i] * b[i];
    }
    return first + second + third + fourth;
  }

  /** The weighted sum of the neighbours of every removed pixel; 0 elsewhere. */
  private void neighbours(double[] x, double[] into) {
    for (int row = 1; row <= height; row++) {
      int level = row * stride;
      for (int i = level + 1; i <= level + width; i++) {
        int above = i - stride;
        int below = i + stride;
        double beside = x[above] + x[i - 1] + x[i + 1] + x[below];
        double corners = x[above - 1] + x[above + 1] + x[below - 1] + x[below + 1];
        into[i] = removed[i] * (BESIDE * beside + CORNER * corners);
      }
    }
  }
}
