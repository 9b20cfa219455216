package dev.sightline.heatmap;

import org.opencv.core.Mat;

/**
 * A photograph: 8-bit pixels in rows from top to bottom, without gaps.
 *
 * @param width columns, at least 1
 * @param height rows, at least 1
 * @param bgr width·height·3 bytes, each pixel blue, green, red; not copied
 */
public record Photo(int width, int height, byte[] bgr) {

  /** Checks that the pixels fill the photograph. */
  public Photo {
    if (width < 1 || height < 1 || 3L * width * height != bgr.length) {
      throw new IllegalArgumentException(
          "%d bytes for %d rows of %d pixels".formatted(bgr.length, height, width));
    }
  }

  /**
   * The photograph in another size: linear with half-pixel centres where it grows, the mean over
   * the area of a pixel where it shrinks.
   *
   * @param newWidth columns, at least 1
   * @param newHeight rows, at least 1
   * @return this photograph if it has that size already
   */
  public Photo resized(int newWidth, int newHeight) {
    if (newWidth == width && newHeight == height) {
      return this;
    }
    Mat pixels = PhotoCodec.mat(this);
    Mat resized = Resizer.resize(pixels, newWidth, newHeight);
    try {
      return PhotoCodec.photo(resized);
    } finally {
      pixels.release();
      resized.release();
    }
  }
}
