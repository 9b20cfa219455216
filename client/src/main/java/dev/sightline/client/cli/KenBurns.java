package dev.sightline.client.cli;

import dev.sightline.client.Photos;
import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A slow pan and zoom over photographs, one after the other, named after the film maker. Only the
 * photograph that was used last is held. Used by one thread.
 */
final class KenBurns implements Clip {
  static final int WIDTH = 400;
  static final int HEIGHT = 300;

  /** The part of a photograph's largest window that the closest view shows. */
  private static final double CLOSEST = 0.58;

  private static final List<Photograph> SHIPPED =
      List.of(
          new Photograph("chelsea.jpg", () -> shipped("chelsea.jpg"), 0.52, 0.46),
          new Photograph("coffee.jpg", () -> shipped("coffee.jpg"), 0.47, 0.40));

  private final List<Photograph> photographs;
  private final int frames;
  private final int width;
  private final int height;
  private int held = -1;
  private @Nullable BufferedImage photo;

  /**
   * A film of so many frames, shared evenly by the photographs.
   *
   * @param frames at least 1
   */
  KenBurns(List<Photograph> photographs, int frames) {
    this(photographs, frames, WIDTH, HEIGHT);
  }

  private KenBurns(List<Photograph> photographs, int frames, int width, int height) {
    this.photographs = List.copyOf(photographs);
    this.frames = frames;
    this.width = width;
    this.height = height;
  }

  /** Over the photographs that come with the program. */
  static KenBurns overShippedPhotographs(int frames) {
    return new KenBurns(SHIPPED, frames);
  }

  /** The same, with frames of that size in pixels. */
  static KenBurns overShippedPhotographs(int frames, int width, int height) {
    return new KenBurns(SHIPPED, frames, width, height);
  }

  /** Over photographs of the user's. */
  static KenBurns over(List<Path> files, int frames) {
    return new KenBurns(
        files.stream()
            .map(file -> new Photograph(file.toString(), () -> Files.readAllBytes(file), 0.5, 0.45))
            .toList(),
        frames);
  }

  @Override
  public int frames() {
    return frames;
  }

  @Override
  public byte[] frame(int index) throws IOException {
    int part = part(index);
    BufferedImage source = photo(part);
    Rectangle2D window = window(index, source.getWidth(), source.getHeight());
    BufferedImage frame = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = frame.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    AffineTransform view =
        AffineTransform.getScaleInstance(width / window.getWidth(), height / window.getHeight());
    view.translate(-window.getX(), -window.getY());
    graphics.drawImage(source, view, null);
    graphics.dispose();
    return PhotoCodec.write(Photos.photo(frame), PhotoFormat.JPEG);
  }

  /** Which photograph a frame shows. */
  int part(int index) {
    return (int) ((long) index * photographs.size() / frames);
  }

  /** The part of a photograph of that size that a frame shows; always within it. */
  Rectangle2D window(int index, int photoWidth, int photoHeight) {
    int part = part(index);
    double t = eased(progress(index));
    // Every second photograph is left the way the one before was entered.
    double nearness = part % 2 == 0 ? t : 1 - t;
    double largest = Math.min(photoWidth, photoHeight * (double) width / height);
    double across = largest * Math.pow(CLOSEST, nearness);
    double down = across * height / width;
    Photograph photograph = photographs.get(part);
    double aside = part % 2 == 0 ? 0.12 : -0.12;
    double x = photoWidth * (photograph.focusX + aside * (1 - nearness));
    double y = photoHeight * photograph.focusY;
    return new Rectangle2D.Double(
        within(x - across / 2, photoWidth - across),
        within(y - down / 2, photoHeight - down),
        across,
        down);
  }

  private double progress(int index) {
    int part = part(index);
    int first =
        Math.toIntExact(((long) part * frames + photographs.size() - 1) / photographs.size());
    int next =
        Math.toIntExact(((long) (part + 1) * frames + photographs.size() - 1) / photographs.size());
    return next - first < 2 ? 0 : (double) (index - first) / (next - first - 1);
  }

  private BufferedImage photo(int part) throws IOException {
    BufferedImage kept = photo;
    if (kept != null && held == part) {
      return kept;
    }
    Photograph photograph = photographs.get(part);
    try {
      BufferedImage read = Photos.image(PhotoCodec.read(photograph.source.read()));
      kept = reduced(read);
    } catch (MalformedPhotoException e) {
      throw new IOException(photograph.name + ": " + e.getMessage(), e);
    }
    photo = kept;
    held = part;
    return kept;
  }

  /** Halved while the closest view has more than twice the pixels that a frame can show. */
  private BufferedImage reduced(BufferedImage photo) {
    BufferedImage reduced = photo;
    while (Math.min(reduced.getWidth() * CLOSEST / width, reduced.getHeight() * CLOSEST / height)
        > 2) {
      int across = reduced.getWidth() / 2;
      int down = reduced.getHeight() / 2;
      BufferedImage half = new BufferedImage(across, down, BufferedImage.TYPE_3BYTE_BGR);
      Graphics2D graphics = half.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      graphics.drawImage(reduced, 0, 0, across, down, null);
      graphics.dispose();
      reduced = half;
    }
    return reduced;
  }

  /** Starts and ends at rest. */
  private static double eased(double t) {
    return t * t * (3 - 2 * t);
  }

  private static double within(double position, double room) {
    return Math.max(0, Math.min(room, position));
  }

  private static byte[] shipped(String name) throws IOException {
    try (InputStream in = KenBurns.class.getResourceAsStream("clip/" + name)) {
      if (in == null) {
        throw new IOException("the photograph " + name + " is missing from the program");
      }
      return in.readAllBytes();
    }
  }

  /** A photograph, and where in it to look, as parts of its width and height. */
  record Photograph(String name, Source source, double focusX, double focusY) {}

  /** Reads a file. */
  @FunctionalInterface
  interface Source {
    byte[] read() throws IOException;
  }
}
