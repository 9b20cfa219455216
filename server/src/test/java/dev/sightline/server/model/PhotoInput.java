package dev.sightline.server.model;

import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.image.Preprocessing;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import javax.imageio.ImageIO;

/**
 * A photograph of the test resources as a network's input, by plain loops in double precision: the
 * square in its middle, every input pixel the mean of the area that it covers.
 */
final class PhotoInput {
  private PhotoInput() {}

  static float[] read(String photo, int size, Preprocessing preprocessing) throws IOException {
    BufferedImage image;
    try (InputStream in = PhotoInput.class.getResourceAsStream("/photos/" + photo)) {
      image = ImageIO.read(Objects.requireNonNull(in));
    }
    int side = Math.min(image.getWidth(), image.getHeight());
    BufferedImage square =
        image.getSubimage(
            (image.getWidth() - side) / 2, (image.getHeight() - side) / 2, side, side);
    float[] input = new float[3 * size * size];
    for (int channel = 0; channel < 3; channel++) {
      boolean rgb = preprocessing.order() == ChannelOrder.RGB;
      int shift = 8 * (rgb ? 2 - channel : channel);
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          double mean = mean(square, shift, y, x, side / (double) size);
          input[(channel * size + y) * size + x] =
              (float) ((mean - preprocessing.mean()[channel]) / preprocessing.std()[channel]);
        }
      }
    }
    return input;
  }

  private static double mean(BufferedImage image, int shift, int y, int x, double scale) {
    double sum = 0;
    for (int row = (int) (y * scale); row < (y + 1) * scale; row++) {
      for (int column = (int) (x * scale); column < (x + 1) * scale; column++) {
        if (row < image.getHeight() && column < image.getWidth()) {
          double area = covered(row, y, scale) * covered(column, x, scale);
          sum += area * (image.getRGB(column, row) >> shift & 255);
        }
      }
    }
    return sum / (scale * scale);
  }

  /** How much of a pixel lies under an input pixel, along one axis. */
  private static double covered(int pixel, int place, double scale) {
    return Math.max(0, Math.min(pixel + 1, (place + 1) * scale) - Math.max(pixel, place * scale));
  }
}
