package dev.sightline.server.graph;

/**
 * Bilinear interpolation with half-pixel centres, edges clamped, as a matrix for each axis: a map
 * of h × w becomes rows · map · columnsᵀ. As two products it is the same numbers in every engine,
 * takes any size, and can be differentiated.
 */
public final class DecoderUpsampling {
  private DecoderUpsampling() {}

  /**
   * The weights of one axis, {@code to} × {@code from}, row by row: output i is between the inputs
   * beside (i + 0.5) · from / to − 0.5. Each row adds up to one.
   *
   * @param from its length before, at least 1
   * @param to its length afterwards, at least 1
   */
  public static float[] rows(int from, int to) {
    float[] matrix = new float[Math.multiplyExact(to, from)];
    for (int i = 0; i < to; i++) {
      double centre = Math.max(0, Math.min(from - 1, (i + 0.5) * from / to - 0.5));
      int left = Math.min((int) centre, Math.max(0, from - 2));
      double right = centre - left;
      matrix[i * from + left] = (float) (1 - right);
      if (right > 0) {
        matrix[i * from + left + 1] = (float) right;
      }
    }
    return matrix;
  }

  /** The same transposed, {@code from} × {@code to}. */
  public static float[] columns(int from, int to) {
    float[] rows = rows(from, to);
    float[] matrix = new float[rows.length];
    for (int i = 0; i < to; i++) {
      for (int j = 0; j < from; j++) {
        matrix[j * to + i] = rows[i * from + j];
      }
    }
    return matrix;
  }
}
