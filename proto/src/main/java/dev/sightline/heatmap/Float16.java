package dev.sightline.heatmap;

/** IEEE 754 half precision for numbers in [0, 1]. */
final class Float16 {
  private static final float SMALLEST_NORMAL = 0x1p-14f;
  private static final int BIAS = 15;
  private static final int FRACTION_BITS = 10;

  private Float16() {}

  /**
   * The nearest half-precision number, ties to even.
   *
   * @param u in [0, 1]
   */
  static short of(float u) {
    if (u < SMALLEST_NORMAL) {
      // Subnormals count in steps of 2^-24; rounding up from the last one gives the smallest
      // normal.
      return (short) Math.rint(u * 0x1p24);
    }
    int exponent = Math.getExponent(u);
    int significand = (int) Math.rint(Math.scalb((double) u, FRACTION_BITS - exponent));
    // A significand rounded up to 2^11 carries into the exponent, which is what it should do.
    return (short) (((exponent + BIAS - 1) << FRACTION_BITS) + significand);
  }

  /** The number that the bits stand for, whatever they are: negative, infinite and NaN too. */
  static float toFloat(short bits) {
    int exponent = (bits >> FRACTION_BITS) & 0x1f;
    int fraction = bits & 0x3ff;
    float magnitude;
    if (exponent == 0) {
      magnitude = fraction * 0x1p-24f;
    } else if (exponent == 0x1f) {
      magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else {
      magnitude = Math.scalb(1 + fraction * 0x1p-10f, exponent - BIAS);
    }
    return bits < 0 ? -magnitude : magnitude;
  }
}
