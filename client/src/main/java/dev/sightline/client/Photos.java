package dev.sightline.client;

import dev.sightline.heatmap.Photo;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;

/**
 * Turns {@link Photo}s, the pixels that heatmaps are drawn over, into Java's own images and back.
 */
public final class Photos {
  private Photos() {}

  /** A copy of a photograph's pixels as an image. */
  public static BufferedImage image(Photo photo) {
    BufferedImage image =
        new BufferedImage(photo.width(), photo.height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] pixels = pixels(image);
    System.arraycopy(photo.bgr(), 0, pixels, 0, pixels.length);
    return image;
  }

  /** A copy of an image's pixels as a photograph; transparent parts become black. */
  public static Photo photo(BufferedImage image) {
    BufferedImage copy =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = copy.createGraphics();
    graphics.drawImage(image, 0, 0, null);
    graphics.dispose();
    return new Photo(image.getWidth(), image.getHeight(), pixels(copy));
  }

  private static byte[] pixels(BufferedImage image) {
    return ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
  }
}
