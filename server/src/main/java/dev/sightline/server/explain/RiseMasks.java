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

  /** Mask n, H·W values from 0 to 1. */
  float[] mask(int n) {
    SplittableRandom random = Draws.of(seed, n);
    float[] coarse = new float[CELLS * CELLS];
    for (int i = 0; i < coarse.length; i++) {
      coarse[i] = random.nextBoolean() ? 1 : 0;
    }
    int cellHeight = (height + CELLS - 1) / CELLS;
    int cellWidth = (width + CELLS - 1) / CELLS;
    int top = random.nextInt(cellHeight);
    int left = random.nextInt(cellWidth);
    int wideWidth = (CELLS + 1) * cellWidth;
    float[] wide =
        Bilinear.expand(new Grid(CELLS, CELLS, coarse), (CELLS + 1) * cellHeight, wideWidth);
    float[] mask = new float[height * width];
    for (int y = 0; y < height; y++) {
      System.arraycopy(wide, (top + y) * wideWidth + left, mask, y * width, width);
    }
    return mask;
  }
}
