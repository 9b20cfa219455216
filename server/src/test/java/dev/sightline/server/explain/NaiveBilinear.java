package dev.sightline.server.explain;

/** The protocol's rule for bilinear upsampling, one pixel at a time in double. */
final class NaiveBilinear {
  private NaiveBilinear() {}

  static double[][] expand(double[][] grid, int height, int width) {
    double[][] plane = new double[height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double v = (y + 0.5) * grid.length / height - 0.5;
        double u = (x + 0.5) * grid[0].length / width - 0.5;
        int i = (int) Math.floor(v);
        int j = (int) Math.floor(u);
        plane[y][x] =
            (1 - (v - i)) * ((1 - (u - j)) * at(grid, i, j) + (u - j) * at(grid, i, j + 1))
                + (v - i) * ((1 - (u - j)) * at(grid, i + 1, j) + (u - j) * at(grid, i + 1, j + 1));
      }
    }
    return plane;
  }

  private static double at(double[][] grid, int i, int j) {
    int row = Math.max(0, Math.min(grid.length - 1, i));
    return grid[row][Math.max(0, Math.min(grid[0].length - 1, j))];
  }
}
