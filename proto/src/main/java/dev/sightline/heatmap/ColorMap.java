package dev.sightline.heatmap;

/**
 * The colours of a map, from its smallest value to its largest: blue, cyan, green, yellow, red. It
 * is the "jet" that heatmaps of class activation are known by without its dark ends, which would
 * hide the photograph just where the map is strongest.
 */
public final class ColorMap {
  private static final byte[] BGR = table();

  private ColorMap() {}

  /**
   * The colour of a value.
   *
   * @param u in [0, 1]; values beyond are clamped
   * @return 0xRRGGBB
   */
  public static int rgb(float u) {
    int level = Math.round(Math.max(0, Math.min(1, u)) * 255);
    return red(level) << 16 | green(level) << 8 | blue(level);
  }

  static int blue(int level) {
    return BGR[3 * level] & 0xff;
  }

  static int green(int level) {
    return BGR[3 * level + 1] & 0xff;
  }

  static int red(int level) {
    return BGR[3 * level + 2] & 0xff;
  }

  private static byte[] table() {
    byte[] bgr = new byte[3 * 256];
    for (int level = 0; level < 256; level++) {
      double u = 0.125 + 0.75 * level / 255;
      bgr[3 * level] = tent(u, 0.25);
      bgr[3 * level + 1] = tent(u, 0.5);
      bgr[3 * level + 2] = tent(u, 0.75);
    }
    return bgr;
  }

  /** A channel of jet: full within an eighth of its centre, none beyond three eighths. */
  private static byte tent(double u, double centre) {
    double share = 1.5 - 4 * Math.abs(u - centre);
    return (byte) Math.round(255 * Math.max(0, Math.min(1, share)));
  }
}
