package dev.sightline.server.explain;

import java.util.Objects;

/**
 * The activation A of a layer and the gradient g = ∂y_c/∂A of a class's logit, each K × h × w:
 * views into the arrays of a pass, not copies. Nothing here writes to them.
 *
 * @param activation holds A, channel by channel and row by row
 * @param activationOffset where A begins
 * @param gradient holds g in the same order
 * @param gradientOffset where g begins
 * @param channels K, at least 1
 * @param height h, at least 1
 * @param width w, at least 1
 */
public record Evidence(
    float[] activation,
    int activationOffset,
    float[] gradient,
    int gradientOffset,
    int channels,
    int height,
    int width) {

  /** Checks that both views lie within their arrays. */
  public Evidence {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "evidence of %d channels of %d x %d".formatted(channels, height, width));
    }
    int size = Math.multiplyExact(channels, Math.multiplyExact(height, width));
    Objects.checkFromIndexSize(activationOffset, size, activation.length);
    Objects.checkFromIndexSize(gradientOffset, size, gradient.length);
  }

  /** Z, the number of cells. */
  int cells() {
    return height * width;
  }

  /** Where channel k of the activation begins. */
  int activationAt(int k) {
    return activationOffset + k * cells();
  }

  /** Where channel k of the gradient begins. */
  int gradientAt(int k) {
    return gradientOffset + k * cells();
  }

  /** Σ_ij A_kij. */
  double activationSum(int k) {
    return sum(activation, activationAt(k));
  }

  /** Σ_ij g_kij. */
  double gradientSum(int k) {
    return sum(gradient, gradientAt(k));
  }

  /** Σ_ij g_kij A_kij. */
  double productSum(int k) {
    int from = activationAt(k);
    int gradientFrom = gradientAt(k);
    double sum = 0;
    for (int i = 0; i < cells(); i++) {
      sum += (double) gradient[gradientFrom + i] * activation[from + i];
    }
    return sum;
  }

  private double sum(float[] values, int from) {
    double sum = 0;
    for (int i = from; i < from + cells(); i++) {
      sum += values[i];
    }
    return sum;
  }
}
