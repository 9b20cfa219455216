package dev.sightline.heatmap;

/**
 * OpenCV's native library. Loaded once, by whichever thread comes first; the others wait for it
 * (the class initialisation of the language sees to both).
 */
public final class OpenCv {
  static {
    nu.pattern.OpenCV.loadLocally();
  }

  private OpenCv() {}

  /**
   * Makes OpenCV's classes usable. Call before the first use of any of them; costs nothing after.
   */
  public static void load() {}
}
