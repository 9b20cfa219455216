package dev.sightline.client.cli;

import dev.sightline.client.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a load sends, made and read before it begins so that sending costs little.
 *
 * @param description in words, for reports
 */
record LoadFrames(List<Image> images, String description) {
  private static final int SHIPPED = 48;
  private static final int WIDTH = 640;
  private static final int HEIGHT = 480;

  /** More would be read from disk for no other load than these make. */
  private static final int MOST = 512;

  /** Views of the photographs that come with the program. */
  static LoadFrames shipped() throws IOException {
    Clip clip = KenBurns.overShippedPhotographs(SHIPPED, WIDTH, HEIGHT);
    List<Image> images = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < clip.frames(); i++) {
      byte[] frame = clip.frame(i);
      bytes += frame.length;
      images.add(Image.encoded(frame));
    }
    return new LoadFrames(
        images,
        "%d views of two photographs, %d × %d JPEG of %d kB on average"
            .formatted(SHIPPED, WIDTH, HEIGHT, bytes / SHIPPED / 1000));
  }

  /**
   * The first images of files and folders.
   *
   * @param complaints takes a sentence about each file that cannot be used at all
   */
  static LoadFrames of(List<Path> paths, Consumer<String> complaints) throws IOException {
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
    }
    List<Image> images = new ArrayList<>();
    long bytes = 0;
    try (Inputs inputs = new Inputs(paths, complaints)) {
      while (images.size() < MOST && inputs.hasNext()) {
        Image image = inputs.next();
        var content = image.toProto();
        bytes += content.getSerializedSize();
        images.add(
            content.hasEncoded() ? Image.encoded(content.getEncoded().toByteArray()) : image);
        inputs.answered();
      }
    }
    if (images.isEmpty()) {
      throw new CommandFailure("there are no images to send");
    }
    return new LoadFrames(
        images,
        "%d images of the user's, %d kB on average"
            .formatted(images.size(), bytes / images.size() / 1000));
  }
}
