package dev.sightline.heatmap;

import dev.sightline.v1.Region;
import org.jspecify.annotations.Nullable;

/** A rectangle of whole pixels inside a photograph, at least one pixel large. */
record PixelRegion(int x, int y, int width, int height) {

  static PixelRegion all(Photo photo) {
    return new PixelRegion(0, 0, photo.width(), photo.height());
  }

  /**
   * The pixels nearest to a region, clipped to the photograph.
   *
   * @param region in pixels of {@code original}; null for all of it
   * @param resized the same photograph in the size in which the pixels are wanted
   */
  static PixelRegion of(@Nullable Region region, Photo original, Photo resized) {
    if (region == null) {
      return all(resized);
    }
    double scaleX = (double) resized.width() / original.width();
    double scaleY = (double) resized.height() / original.height();
    int left = clamp(region.getX() * scaleX, 0, resized.width() - 1);
    int top = clamp(region.getY() * scaleY, 0, resized.height() - 1);
    int right = clamp((region.getX() + region.getWidth()) * scaleX, left + 1, resized.width());
    int bottom = clamp((region.getY() + region.getHeight()) * scaleY, top + 1, resized.height());
    return new PixelRegion(left, top, right - left, bottom - top);
  }

  /** A region of a photograph on the same photograph in another size. */
  static Region scaled(Region region, Photo original, Photo resized) {
    float scaleX = (float) resized.width() / original.width();
    float scaleY = (float) resized.height() / original.height();
    return Region.newBuilder()
        .setX(region.getX() * scaleX)
        .setY(region.getY() * scaleY)
        .setWidth(region.getWidth() * scaleX)
        .setHeight(region.getHeight() * scaleY)
        .build();
  }

  private static int clamp(double value, int min, int max) {
    return (int) Math.max(min, Math.min(max, Math.round(value)));
  }
}
