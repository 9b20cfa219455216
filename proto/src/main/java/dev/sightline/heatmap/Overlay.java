package dev.sightline.heatmap;

import dev.sightline.v1.Region;
import org.jspecify.annotations.Nullable;

/**
 * A map drawn in colour over a photograph. The stronger the map, the less of the photograph shows:
 * where the map is 0 the photograph is left as it is.
 */
public final class Overlay {
  /** How much of the colour shows where the map is 1. */
  private static final double STRONGEST = 0.65;

  /** Below 1, so that middling values are seen; not so low that the weakest tint everything. */
  private static final double OPACITY_EXPONENT = 0.75;

  private static final int OPAQUE = 1 << 12;
  private static final int[] OPACITY = opacities();

  private Overlay() {}

  /**
   * Draws a map over the part of a photograph that it covers. Pixels outside stay as they are.
   *
   * @param photo the photograph; not changed
   * @param normalised the map in [0, 1], of any size; resized where it is not that of the region
   * @param region the part that the map covers, in pixels of the photograph; null for all of it
   * @return a photograph with pixels of its own
   */
  public static Photo draw(Photo photo, Plane normalised, @Nullable Region region) {
    return drawInto(PixelRegion.of(region, photo, photo), photo, normalised);
  }

  static Photo drawInto(PixelRegion region, Photo photo, Plane normalised) {
    float[] map = normalised.resized(region.width(), region.height()).values();
    byte[] bgr = photo.bgr().clone();
    int i = 0;
    for (int y = 0; y < region.height(); y++) {
      int at = 3 * ((region.y() + y) * photo.width() + region.x());
      for (int x = 0; x < region.width(); x++, at += 3) {
        int level = (int) (Math.max(0, Math.min(1, map[i++])) * 255 + 0.5f);
        int opacity = OPACITY[level];
        bgr[at] = blend(bgr[at], ColorMap.blue(level), opacity);
        bgr[at + 1] = blend(bgr[at + 1], ColorMap.green(level), opacity);
        bgr[at + 2] = blend(bgr[at + 2], ColorMap.red(level), opacity);
      }
    }
    return new Photo(photo.width(), photo.height(), bgr);
  }

  private static byte blend(byte below, int above, int opacity) {
    int ground = below & 0xff;
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
