package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.util.SplittableRandom;

/**
 * The random masks of RISE (Petsiuk et al. 2018, §3.2): 7 × 7 cells, each 1 with probability 1/2
 * and else 0, upsampled bilinearly to 8·⌈H/7⌉ × 8·⌈W/7⌉ pixels, of which H × W are cut out at a
 * random shift below ⌈H/7⌉ and ⌈W/7⌉.
 *
 * <p>A mask follows from the seed and its number alone, and is made anew whenever it is asked for.
 *
 * @param height H
 * @param width W
 * @param seed of all masks
 */
record RiseMasks(int height, int width, long seed) {
  private static final int CELLS = 7;

  /** E[m], of every pixel. */
  static final double MEAN = 0.5;

  /** A mask before it is upsampled, and its shift. */
  private record Draw(Grid coarse, int top, int left) {}

  private Draw draw(int n) {
    SplittableRandom random = Draws.of(seed, n);
    float[] coarse = new float[CELLS * CELLS];
    for (int i = 0; i < coarse.length; i++) {
      coarse[i] = random.nextBoolean() ? 1 : 0;
    }
    int top = random.nextInt(cell(height));
    return new Draw(new Grid(CELLS, CELLS, coarse), top, random.nextInt(cell(width)));
  }

  private static int cell(int pixels) {
    return (pixels + CELLS - 1) / CELLS;
  }

  private static int wide(int pixels) {
    return (CELLS + 1) * cell(pixels);
  }

  /** Mask n, H·W values from 0 to 1. */
  float[] mask(int n) {
    Draw draw = draw(n);
    float[] wide = Bilinear.expand(draw.coarse, wide(height), wide(width));
    float[] mask = new float[height * width];
    for (int y = 0; y < height; y++) {
      int from = (draw.top + y) * wide(width) + draw.left;
      System.arraycopy(wide, from, mask, y * width, width);
    }
    return mask;
  }

  /**
   * Σ_n w_n m_n over the first masks, H·W values.
   *
   * <p>Upsampling is linear, and along rows and columns apart: masks of one vertical shift are
   * widened and summed as 7 rows, and only that sum grows to the full height.
   */
  double[] weightedSum(float[] weights) {
    double[][] strips = new double[cell(height)][];
    for (int n = 0; n < weights.length; n++) {
      Draw draw = draw(n);
      if (strips[draw.top] == null) {
        strips[draw.top] = new double[CELLS * width];
      }
      addWidened(draw, weights[n], strips[draw.top]);
    }
    double[] sum = new double[height * width];
    for (int top = 0; top < strips.length; top++) {
      if (strips[top] != null) {
        float[] tall = Bilinear.expand(grid(strips[top]), wide(height), width);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += tall[top * width + i];
        }
      }
    }
    return sum;
  }

  private void addWidened(Draw draw, double weight, double[] strip) {
    float[] wide = Bilinear.expand(draw.coarse, CELLS, wide(width));
    for (int row = 0; row < CELLS; row++) {
      int from = row * wide(width) + draw.left;
      for (int x = 0; x < width; x++) {
        strip[row * width + x] += weight * wide[from + x];
      }
    }
  }

  private Grid grid(double[] strip) {
    float[] values = new float[strip.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) strip[i];
    }
    return new Grid(CELLS, width, values);
  }
}
