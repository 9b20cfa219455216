package dev.sightline.server.process;

import dev.sightline.client.Image;
import dev.sightline.v1.PixelFormat;

/** An image that shows its number, in its width, and so does its explanation. */
final class NumberedImage {
  private static final int HEIGHT = 16;
  private static final int NARROWEST = 8;
  private static final int WIDTHS = 25;

  private NumberedImage() {}

  static Image of(long number) {
    int width = width(number);
    return Image.raw(width, HEIGHT, 0, PixelFormat.PIXEL_FORMAT_GREY, new byte[width * HEIGHT]);
  }

  static int width(long number) {
    return NARROWEST + Math.toIntExact(number % WIDTHS);
  }
}
