package dev.sightline.server.graph;

/**
 * How a tensor's values are held as bytes: value = scale · (byte − zeroPoint), byte from 0 to 255.
 *
 * @param scale the step between two bytes; positive
 * @param zeroPoint the byte that is zero
 */
record UnsignedBytes(float scale, int zeroPoint) {
  private static final int GREATEST = 255;

  /** The least step that has a reciprocal in float32. */
  private static final float FINEST = 1e-30f;

  /**
   * Bytes that reach from the least to the greatest value, and over zero, which is always one of
   * them: padding is exact.
   */
  static UnsignedBytes of(float least, float greatest) {
    if (!Float.isFinite(least) || !Float.isFinite(greatest) || least > greatest) {
      throw new IllegalArgumentException("values from %s to %s".formatted(least, greatest));
    }
    double from = Math.min(0, least);
    double scale = (Math.max(0, greatest) - from) / GREATEST;
    if (scale < FINEST) {
      return new UnsignedBytes(1, 0);
    }
    return new UnsignedBytes((float) scale, (int) Math.round(-from / scale));
  }
}
