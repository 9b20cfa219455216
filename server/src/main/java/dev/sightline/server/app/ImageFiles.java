package dev.sightline.server.app;

import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of a folder of images. */
final class ImageFiles {
  private ImageFiles() {}

  /**
   * All files of a folder and of the folders in it, in the order of their names, whatever they
   * hold. A folder that is a link is followed, those in it are not.
   *
   * @return each begins with the folder as it was given
   * @throws ModelException if the folder cannot be read
   */
  static List<Path> under(Path folder) {
    try {
      Path real = folder.toRealPath();
      try (Stream<Path> all = Files.walk(real)) {
        return all.filter(Files::isRegularFile)
            .map(file -> folder.resolve(real.relativize(file)))
            .sorted()
            .toList();
      }
    } catch (IOException | UncheckedIOException e) {
      throw new ModelException("%s cannot be read: %s".formatted(folder, e), e);
    }
  }
}
