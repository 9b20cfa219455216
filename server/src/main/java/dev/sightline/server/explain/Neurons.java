package dev.sightline.server.explain;

import java.util.List;

/**
 * Which cells of a grid are kept, for {@link Evidence#within} (Omeiza et al. 2019, §3.6): h·w
 * flags, row by row. Rows and columns are counted from 0, in cells of the grid.
 */
public final class Neurons {
  private Neurons() {}

  /** A cell of the grid. */
  public record Cell(int row, int column) {}

  /**
   * All cells of a rectangle.
   *
   * @param corner one corner, itself kept
   * @param opposite the opposite one, itself kept; in any order
   * @throws IllegalArgumentException if a corner lies outside of the grid, with a sentence that
   *     names the cell and the range
   */
  public static boolean[] region(int height, int width, Cell corner, Cell opposite) {
    requireInside(height, width, corner);
    requireInside(height, width, opposite);
    boolean[] kept = new boolean[height * width];
    int bottom = Math.max(corner.row, opposite.row);
    int right = Math.max(corner.column, opposite.column);
    for (int i = Math.min(corner.row, opposite.row); i <= bottom; i++) {
      for (int j = Math.min(corner.column, opposite.column); j <= right; j++) {
        kept[i * width + j] = true;
      }
    }
    return kept;
  }

  /**
   * The listed cells alone; one may be listed twice.
   *
   * @throws IllegalArgumentException if one lies outside of the grid, with a sentence that names
   *     the cell and the range
   */
  public static boolean[] listed(int height, int width, List<Cell> cells) {
    boolean[] kept = new boolean[height * width];
    for (Cell cell : cells) {
      requireInside(height, width, cell);
      kept[cell.row * width + cell.column] = true;
    }
    return kept;
  }

  /**
   * The same cells of the mirror image, left and right exchanged.
   *
   * @param kept rows of that width
   */
  public static boolean[] mirrored(boolean[] kept, int width) {
    boolean[] mirrored = new boolean[kept.length];
    for (int i = 0; i < kept.length; i++) {
      mirrored[i] = kept[i - i % width + width - 1 - i % width];
    }
    return mirrored;
  }

  private static void requireInside(int height, int width, Cell cell) {
    if (cell.row < 0 || cell.row >= height || cell.column < 0 || cell.column >= width) {
      throw new IllegalArgumentException(
          "Cell (%d, %d) lies outside of the grid: rows are 0 to %d, columns 0 to %d."
              .formatted(cell.row, cell.column, height - 1, width - 1));
    }
  }
}
