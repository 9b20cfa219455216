package dev.sightline.heatmap;

import java.nio.ByteBuffer;

/**
 * What the first bytes of an image file say about it. Reading it decodes nothing and allocates
 * nothing, whatever the file claims.
 *
 * @param format the format
 * @param width columns, 0 or more
 * @param height rows, 0 or more
 */
public record PhotoHeader(PhotoFormat format, int width, int height) {

  /** The number of pixels. */
  public long pixels() {
    return (long) width * height;
  }

  /**
   * Reads the header of a file.
   *
   * @param file from index 0 to its limit, whatever its position
   * @throws MalformedPhotoException if it is of no known format, or ends before the dimensions
   */
  public static PhotoHeader read(ByteBuffer file) {
    ByteBuffer view = file.duplicate();
    PhotoFormat format =
        PhotoFormat.of(view)
            .orElseThrow(
                () ->
                    new MalformedPhotoException(
                        "the first bytes (%s) are not those of a JPEG, PNG, WebP or BMP file"
                            .formatted(firstBytes(view))));
    try {
      return switch (format) {
        case JPEG -> JpegFile.header(view);
        case PNG -> PngFile.header(view);
        case WEBP -> WebpFile.header(view);
        case BMP -> BmpFile.header(view);
      };
    } catch (IndexOutOfBoundsException e) {
      throw cutOff(format, view);
    }
  }

  /**
   * Checks that a file goes on to its own end. Decoders fill what is missing with grey; here it is
   * an error. Bytes after the end are allowed.
   *
   * @param file from index 0 to its limit, whatever its position; the one this header was read from
   * @throws MalformedPhotoException if it is cut off, or its parts do not add up
   */
  public void requireComplete(ByteBuffer file) {
    ByteBuffer view = file.duplicate();
    try {
      switch (format) {
        case JPEG -> JpegFile.requireComplete(view);
        case PNG -> PngFile.requireComplete(view);
        case WEBP -> WebpFile.requireComplete(view);
        case BMP -> BmpFile.requireComplete(view);
      }
    } catch (IndexOutOfBoundsException e) {
      throw cutOff(format, view);
    }
  }

  static MalformedPhotoException cutOff(PhotoFormat format, ByteBuffer file) {
    return new MalformedPhotoException(
        "the %s file is cut off: it does not end within its %d bytes"
            .formatted(format, file.limit()));
  }

  private static String firstBytes(ByteBuffer file) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < Math.min(4, file.limit()); i++) {
      hex.append(hex.isEmpty() ? "" : " ").append("%02x".formatted(file.get(i)));
    }
    return hex.isEmpty() ? "none" : hex.toString();
  }
}
