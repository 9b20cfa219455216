package dev.sightline.heatmap;

import dev.sightline.v1.Region;
import org.jspecify.annotations.Nullable;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.imgproc.Imgproc;

/**
 * A map drawn over a photograph. In colours, the photograph is left as it is where the map is 0; as
 * lights, it is darkened everywhere. See {@link OverlayStyle}.
 */
public final class Overlay {
  /** How much of the colour shows where the map is 1. */
  private static final double STRONGEST = 0.65;

  /** Below 1, so that middling values are seen; not so low that the weakest tint everything. */
  private static final double OPACITY_EXPONENT = 0.75;

  /** How much of the photograph's brightness is left under lights. */
  private static final double DARKENED = 0.3;

  private static final int LIGHT_BLUE = 110;
  private static final int LIGHT_GREEN = 222;
  private static final int LIGHT_RED = 255;

  /** The share of a map's positive values that lights tell apart. */
  private static final double TOLD_APART = 0.99;

  private static final int PIXELS_PER_LINE = 240;
  private static final Scalar DARK = new Scalar(30, 30, 30);
  private static final Scalar LIGHT = new Scalar(255, 255, 255);

  private static final int OPAQUE = 1 << 12;
  private static final int[] OPACITY = opacities();

  private Overlay() {}

  /**
   * Draws a map over the part of a photograph that it covers. Pixels outside stay as they are.
   *
   * @param photo the photograph; not changed
   * @param normalised the map in [0, 1], of any size; resized where it is not that of the region
   * @param region the part that the map covers, in pixels of the photograph; null for all of it
   * @param style how it is drawn
   * @return a photograph with pixels of its own
   */
  public static Photo draw(
      Photo photo, Plane normalised, @Nullable Region region, OverlayStyle style) {
    return drawInto(PixelRegion.of(region, photo, photo), photo, normalised, style);
  }

  static Photo drawInto(PixelRegion region, Photo photo, Plane normalised, OverlayStyle style) {
    float[] map = normalised.resized(region.width(), region.height()).values();
    byte[] bgr = photo.bgr().clone();
    float full =
        style == OverlayStyle.LIGHTS ? Values.quantileOfPositive(map, (float) TOLD_APART) : 1;
    int i = 0;
    for (int y = 0; y < region.height(); y++) {
      int at = 3 * ((region.y() + y) * photo.width() + region.x());
      for (int x = 0; x < region.width(); x++, at += 3) {
        float value = Math.max(0, Math.min(1, map[i++] / full));
        if (style == OverlayStyle.LIGHTS) {
          light(bgr, at, value);
        } else {
          colour(bgr, at, (int) (value * 255 + 0.5f));
        }
      }
    }
    return new Photo(photo.width(), photo.height(), bgr);
  }

  /**
   * Draws the outline of a box, light within dark, so that it is seen on any photograph.
   *
   * @param photo the photograph; not changed
   * @param box in pixels of the photograph; what lies outside is not drawn
   * @return a photograph with pixels of its own
   */
  public static Photo outline(Photo photo, Region box) {
    int thickness = Math.max(1, Math.max(photo.width(), photo.height()) / PIXELS_PER_LINE);
    PixelRegion inside = PixelRegion.of(box, photo, photo);
    Mat pixels = PhotoCodec.mat(photo);
    try {
      Rect around = new Rect(inside.x(), inside.y(), inside.width(), inside.height());
      Imgproc.rectangle(pixels, around, DARK, 3 * thickness);
      Imgproc.rectangle(pixels, around, LIGHT, thickness);
      return PhotoCodec.photo(pixels);
    } finally {
      pixels.release();
    }
  }

  private static void colour(byte[] bgr, int at, int level) {
    int opacity = OPACITY[level];
    bgr[at] = blend(bgr[at] & 0xff, ColorMap.blue(level), opacity);
    bgr[at + 1] = blend(bgr[at + 1] & 0xff, ColorMap.green(level), opacity);
    bgr[at + 2] = blend(bgr[at + 2] & 0xff, ColorMap.red(level), opacity);
  }

  private static void light(byte[] bgr, int at, float value) {
    // Brightness as the eye weighs it (ITU-R BT.601).
    double brightness =
        0.114 * (bgr[at] & 0xff) + 0.587 * (bgr[at + 1] & 0xff) + 0.299 * (bgr[at + 2] & 0xff);
    int ground = (int) (DARKENED * brightness + 0.5);
    int opacity = (int) (OPAQUE * value + 0.5f);
    bgr[at] = blend(ground, LIGHT_BLUE, opacity);
    bgr[at + 1] = blend(ground, LIGHT_GREEN, opacity);
    bgr[at + 2] = blend(ground, LIGHT_RED, opacity);
  }

  private static byte blend(int ground, int above, int opacity) {
    return (byte) (ground + ((above - ground) * opacity + OPAQUE / 2) / OPAQUE);
  }

  private static int[] opacities() {
    int[] opacities = new int[256];
    for (int level = 0; level < 256; level++) {
      opacities[level] =
          (int) Math.round(OPAQUE * STRONGEST * Math.pow(level / 255.0, OPACITY_EXPONENT));
    }
    return opacities;
  }
}
