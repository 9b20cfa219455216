package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one row of a pass says about one class: the activation A of a layer and the gradient g =
 * ∂y_c/∂A of the class's logit, each K × h × w. They are views into the arrays of a pass, not
 * copies, and nothing here writes to them. At the network's input A is the input itself, C × H × W,
 * and g the gradient there.
 *
 * @param activation holds A, channel by channel and row by row
 * @param activationOffset where A begins
 * @param gradient holds g in the same order
 * @param gradientOffset where g begins
 * @param channels K, at least 1
 * @param height h, at least 1
 * @param width w, at least 1
 * @param moments averages of g over noisy inputs, or null if none were run; of the size of A
 */
public record Evidence(
    float[] activation,
    int activationOffset,
    float[] gradient,
    int gradientOffset,
    int channels,
    int height,
    int width,
    @Nullable Moments moments) {
  private static final float[] NO_GRADIENT = {};
  private static final float[] NO_ACTIVATION = {};

  /** Checks that all views lie within their arrays. */
  public Evidence {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "evidence of %d channels of %d x %d".formatted(channels, height, width));
    }
    int size = Math.multiplyExact(channels, Math.multiplyExact(height, width));
    if (activation != NO_ACTIVATION) {
      Objects.checkFromIndexSize(activationOffset, size, activation.length);
    }
    if (gradient != NO_GRADIENT) {
      Objects.checkFromIndexSize(gradientOffset, size, gradient.length);
    }
    if (moments != null && moments.size() != size) {
      throw new IllegalArgumentException(
          "averages of %d gradients for evidence of %d".formatted(moments.size(), size));
    }
  }

  /** Evidence from the clean input alone. */
  public Evidence(
      float[] activation,
      int activationOffset,
      float[] gradient,
      int gradientOffset,
      int channels,
      int height,
      int width) {
    this(activation, activationOffset, gradient, gradientOffset, channels, height, width, null);
  }

  /**
   * An activation whose gradient nobody computed, for methods that need none; the others fail on
   * it.
   */
  public static Evidence withoutGradient(
      float[] activation, int activationOffset, int channels, int height, int width) {
    return new Evidence(
        activation, activationOffset, NO_GRADIENT, 0, channels, height, width, null);
  }

  /**
   * A gradient alone, as at the network's input, for methods that read no activation; the others
   * fail on it.
   */
  public static Evidence withoutActivation(
      float[] gradient, int gradientOffset, int channels, int height, int width) {
    return new Evidence(NO_ACTIVATION, 0, gradient, gradientOffset, channels, height, width, null);
  }

  /** The same with averages over noisy inputs. */
  public Evidence with(Moments averages) {
    return new Evidence(
        activation, activationOffset, gradient, gradientOffset, channels, height, width, averages);
  }

  /**
   * One feature map alone, so that every sum over k is bounded to it (Omeiza et al. 2019, §3.5).
   *
   * @param k 0 to K − 1
   * @return 1 × h × w; a view like this one
   * @throws IndexOutOfBoundsException if there is no such channel
   */
  public Evidence channel(int k) {
    Objects.checkIndex(k, channels);
    return new Evidence(
        activation,
        activationAt(k),
        gradient,
        gradient == NO_GRADIENT ? 0 : gradientAt(k),
        1,
        height,
        width,
        moments == null ? null : moments.slice(k * cells(), cells()));
  }

  /**
   * The neurons of some cells alone (Omeiza et al. 2019, §3.6): a copy in which A, g and the
   * averages are zero in every other cell. The grid keeps its size, and Z stays h·w.
   *
   * @param kept h·w flags, row by row; see {@link Neurons}
   */
  public Evidence within(boolean[] kept) {
    if (kept.length != cells()) {
      throw new IllegalArgumentException(
          "%d flags for a grid of %d x %d".formatted(kept.length, height, width));
    }
    return new Evidence(
        masked(activation, activationOffset, kept),
        0,
        gradient == NO_GRADIENT ? gradient : masked(gradient, gradientOffset, kept),
        0,
        channels,
        height,
        width,
        moments == null ? null : moments.within(kept));
  }

  private float[] masked(float[] values, int offset, boolean[] kept) {
    float[] masked = new float[channels * cells()];
    for (int i = 0; i < masked.length; i++) {
      masked[i] = kept[i % kept.length] ? values[offset + i] : 0;
    }
    return masked;
  }

  /** Z, the number of cells. */
  int cells() {
    return height * width;
  }

  /** A_k, a copy. */
  Grid activationMap(int k) {
    int from = activationAt(k);
    return new Grid(height, width, Arrays.copyOfRange(activation, from, from + cells()));
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
