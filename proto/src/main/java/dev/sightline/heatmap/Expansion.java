package dev.sightline.heatmap;

import dev.sightline.v1.Kernel;
import java.util.Arrays;

/**
 * Expands a grid to pixels: L = G_y · M · G_xᵀ.
 *
 * <p>Bilinear kernels have half-pixel centres and clamped edges. Gaussian kernels are those of
 * Extended-CAM (Kim et al. 2020, Eq. 4): L(x, y) = Σ_ij exp(−(x − x_j)²/(2σx²) − (y − y_i)²/(2σy²))
 * · M_ij with pixel centres at integer + 0.5, x_j = (j + 0.5)·W/w and y_i = (i + 0.5)·H/h. They are
 * not normalised by the sum of their weights. σ is given in pixels of the network's input and
 * scales with the size of the plane.
 *
 * <p>Thread-safe. Kernels are cached by cells, pixels and σ; equal arguments give bit-identical
 * planes in every process.
 */
public final class Expansion {
  /** The largest height and width of a grid that Gaussians can expand. */
  public static final int MAX_GAUSSIAN_CELLS = 1024;

  private static final KernelCache KERNELS = new KernelCache();

  private Expansion() {}

  /**
   * Expands a grid.
   *
   * @param grid at most {@link Plane#MAX_SIDE} rows and columns, for Gaussians at most {@link
   *     #MAX_GAUSSIAN_CELLS}
   * @param kernel bilinear, or Gaussian with positive σ and the size of the network's input
   * @param width columns of the plane, 1 to {@link Plane#MAX_SIDE}
   * @param height rows of the plane, 1 to {@link Plane#MAX_SIDE}
   * @return raw values; a sum beyond float32 becomes its largest number, so that a plane of a
   *     finite grid is finite
   * @throws IllegalArgumentException if a size or the kernel is out of its range
   */
  public static Plane expand(Grid grid, Kernel kernel, int width, int height) {
    requireSide("width", width);
    requireSide("height", height);
    requireSide("grid width", grid.width());
    requireSide("grid height", grid.height());
    return switch (kernel.getUpsampling()) {
      case UPSAMPLING_BILINEAR ->
          apply(
              KERNELS.bilinear(grid.height(), height), grid, KERNELS.bilinear(grid.width(), width));
      case UPSAMPLING_GAUSSIAN -> {
        double sigmaX = sigma("x", kernel.getSigma().getX(), kernel.getInputWidth(), width);
        double sigmaY = sigma("y", kernel.getSigma().getY(), kernel.getInputHeight(), height);
        if (Math.max(grid.width(), grid.height()) > MAX_GAUSSIAN_CELLS) {
          throw new IllegalArgumentException(
              "a grid of %d x %d cells; Gaussians expand at most %d x %d"
                  .formatted(grid.height(), grid.width(), MAX_GAUSSIAN_CELLS, MAX_GAUSSIAN_CELLS));
        }
        yield apply(
            KERNELS.gaussian(grid.height(), height, sigmaY),
            grid,
            KERNELS.gaussian(grid.width(), width, sigmaX));
      }
      default ->
          throw new IllegalArgumentException(
              "a kernel is bilinear or Gaussian, not " + kernel.getUpsampling());
    };
  }

  private static void requireSide(String name, int side) {
    if (side < 1 || side > Plane.MAX_SIDE) {
      throw new IllegalArgumentException(
          "%s %d; it must be 1 to %d".formatted(name, side, Plane.MAX_SIDE));
    }
  }

  private static double sigma(String axis, float sigma, int inputPixels, int pixels) {
    if (!(sigma > 0) || Float.isInfinite(sigma) || inputPixels < 1) {
      throw new IllegalArgumentException(
          "sigma.%s %s with a network input of %d pixels; both must be positive"
              .formatted(axis, sigma, inputPixels));
    }
    return (double) sigma * pixels / inputPixels;
  }

  private static Plane apply(AxisKernel rows, Grid grid, AxisKernel columns) {
    int width = columns.pixels();
    int height = rows.pixels();
    // Rows are widened when a pixel first needs them and dropped when none does any more: a tall,
    // narrow grid would otherwise take far more memory than its plane.
    double[][] wide = new double[grid.height()][];
    int dropped = 0;
    float[] plane = new float[height * width];
    double[] sums = new double[width];
    for (int y = 0; y < height; y++) {
      double[] weights = rows.weights()[y];
      int first = rows.first()[y];
      while (dropped < first) {
        wide[dropped++] = null;
      }
      Arrays.fill(sums, 0);
      for (int n = 0; n < weights.length; n++) {
        if (wide[first + n] == null) {
          wide[first + n] = widen(grid, first + n, columns);
        }
        addScaled(sums, wide[first + n], weights[n]);
      }
      for (int x = 0; x < width; x++) {
        plane[y * width + x] = (float) sums[x];
      }
    }
    return new Plane(height, width, Values.bounded(plane));
  }

  private static double[] widen(Grid grid, int row, AxisKernel columns) {
    double[] wide = new double[columns.pixels()];
    for (int x = 0; x < wide.length; x++) {
      double[] weights = columns.weights()[x];
      int from = row * grid.width() + columns.first()[x];
      double sum = 0;
      for (int n = 0; n < weights.length; n++) {
        sum += weights[n] * grid.values()[from + n];
      }
      wide[x] = sum;
    }
    return wide;
  }

  private static void addScaled(double[] sums, double[] row, double weight) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += weight * row[x];
    }
  }
}
