package dev.sightline.server.app;

import com.google.protobuf.ByteString;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

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

  /**
   * Hands the bytes of each file on, with a bar for a person who looks on.
   *
   * @param use throws ImageException for what it cannot use
   * @return a line for each file that was skipped, and why
   */
  static List<String> read(List<Path> files, Consumer<ByteString> use) {
    List<String> skipped = new ArrayList<>();
    try (ProgressBar bar = ImageBar.of(files.size())) {
      for (Path file : files) {
        String why = read(file, use);
        if (why != null) {
          skipped.add("skipped %s: %s".formatted(file, why));
        }
        if (bar != null) {
          bar.step();
        }
      }
    }
    return skipped;
  }

  private static @Nullable String read(Path file, Consumer<ByteString> use) {
    try {
      if (Files.size(file) > ImageLimits.DEFAULT.maxEncodedBytes()) {
        return "larger than %d bytes".formatted(ImageLimits.DEFAULT.maxEncodedBytes());
      }
      use.accept(ByteString.copyFrom(Files.readAllBytes(file)));
      return null;
    } catch (ImageException | IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
