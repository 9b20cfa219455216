package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.OpenCv;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoHeader;
import dev.sightline.server.explain.measure.Mask;
import dev.sightline.server.image.Decoded;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.InputShape;
import dev.sightline.v1.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Pictures that say which pixels of an image are the object: for the image animals/cat.jpg the file
 * animals/cat.png of their folder or, if there is none, cat.png. A pixel whose colour is not zero
 * is the object; alpha counts for nothing.
 *
 * @param folder the folder of the pictures
 */
public record ObjectMasks(Path folder) {
  private static final int COLOURS = 3;

  /**
   * Reads the mask of an image.
   *
   * @param file of the image, relative to the folder of the images
   * @param image what is known of it
   * @param shape of the network's input
   * @param notes is told why there is none
   * @return in pixels of the network's input, with at least one of the object
   */
  public Optional<Mask> of(Path file, Decoded image, InputShape shape, Consumer<String> notes) {
    Optional<Path> found = find(file);
    if (found.isEmpty()) {
      notes.accept("it has no object mask");
      return Optional.empty();
    }
    try {
      Mask mask = read(found.get(), image);
      Mask seen = seen(mask, image.region(), shape);
      if (seen.area() > 0) {
        return Optional.of(seen);
      }
      notes.accept(
          mask.area() == 0
              ? "its object mask is empty"
              : "its object mask was left out: the network does not see that part of the image");
    } catch (IOException | MalformedPhotoException e) {
      notes.accept("its object mask was left out: %s".formatted(e.getMessage()));
    }
    return Optional.empty();
  }

  private Optional<Path> find(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String png = (dot > 0 ? name.substring(0, dot) : name) + ".png";
    Path beside = folder.resolve(file).resolveSibling(png);
    Path plain = folder.resolve(png);
    return Files.isRegularFile(beside)
        ? Optional.of(beside)
        : Optional.of(plain).filter(Files::isRegularFile);
  }

  private static Mask read(Path png, Decoded image) throws IOException {
    if (Files.size(png) > ImageLimits.DEFAULT.maxEncodedBytes()) {
      throw new MalformedPhotoException(
          "larger than %d bytes".formatted(ImageLimits.DEFAULT.maxEncodedBytes()));
    }
    byte[] file = Files.readAllBytes(png);
    ByteBuffer buffer = ByteBuffer.wrap(file);
    PhotoHeader header = PhotoHeader.read(buffer);
    if (header.width() != image.width() || header.height() != image.height()) {
      throw new MalformedPhotoException(
          "it has %d x %d pixels and the image %d x %d"
              .formatted(header.width(), header.height(), image.width(), image.height()));
    }
    header.requireComplete(buffer);
    OpenCv.load();
    // Unchanged, as the labels of a 16-bit picture are small numbers that 8 bits would make 0.
    Mat pixels = PhotoCodec.decode(file, header, Imgcodecs.IMREAD_UNCHANGED);
    Mat coloured = new Mat();
    try {
      Core.compare(pixels, Scalar.all(0), coloured, Core.CMP_NE);
      byte[] values = new byte[Math.toIntExact(coloured.total() * coloured.channels())];
      coloured.get(0, 0, values);
      return mask(values, image.height(), image.width());
    } finally {
      pixels.release();
      coloured.release();
    }
  }

  private static Mask mask(byte[] values, int height, int width) {
    boolean[] inside = new boolean[height * width];
    int channels = values.length / inside.length;
    for (int i = 0; i < inside.length; i++) {
      for (int c = 0; c < Math.min(channels, COLOURS); c++) {
        inside[i] |= values[i * channels + c] != 0;
      }
    }
    return new Mask(height, width, inside);
  }

  /** Each pixel of the input is what the mask is at its centre. */
  private static Mask seen(Mask mask, Region region, InputShape shape) {
    boolean[] inside = new boolean[shape.height() * shape.width()];
    for (int y = 0; y < shape.height(); y++) {
      int row = nearest(region.getY(), region.getHeight(), y, shape.height(), mask.height());
      for (int x = 0; x < shape.width(); x++) {
        int column = nearest(region.getX(), region.getWidth(), x, shape.width(), mask.width());
        inside[y * shape.width() + x] = mask.inside()[row * mask.width() + column];
      }
    }
    return new Mask(shape.height(), shape.width(), inside);
  }

  private static int nearest(double from, double length, int pixel, int pixels, int limit) {
    int at = (int) Math.floor(from + (pixel + 0.5) * length / pixels);
    return Math.max(0, Math.min(limit - 1, at));
  }
}
