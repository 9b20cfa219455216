package dev.sightline.server.explain;

/** A map while it is summed up over channels, in double. */
final class Sums {
  private final double[] cells;

  Sums(int cells) {
    this.cells = new double[cells];
  }

  /** Adds a·A_k. */
  void addActivation(Evidence e, int k, double a) {
    float[] activation = e.activation();
    int from = e.activationAt(k);
    for (int i = 0; i < cells.length; i++) {
      cells[i] += a * activation[from + i];
    }
  }

  /** Adds g_k ⊙ A_k. */
  void addProduct(Evidence e, int k) {
    float[] activation = e.activation();
    float[] gradient = e.gradient();
    int from = e.activationAt(k);
    int gradientFrom = e.gradientAt(k);
    for (int i = 0; i < cells.length; i++) {
      cells[i] += (double) gradient[gradientFrom + i] * activation[from + i];
    }
  }

  /** Adds ReLU(g_k) ⊙ A_k. */
  void addRectifiedProduct(Evidence e, int k) {
    float[] activation = e.activation();
    float[] gradient = e.gradient();
    int from = e.activationAt(k);
    int gradientFrom = e.gradientAt(k);
    for (int i = 0; i < cells.length; i++) {
      cells[i] += (double) Math.max(gradient[gradientFrom + i], 0) * activation[from + i];
    }
  }

  /** The map as it is. */
  float[] signed() {
    float[] map = new float[cells.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) cells[i];
    }
    return map;
  }

  /** ReLU of the map. */
  float[] rectified() {
    float[] map = new float[cells.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) Math.max(cells[i], 0);
    }
    return map;
  }
}
