package dev.sightline.server.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder that is gone with all it holds once this is closed.
 *
 * @param path the folder; it may cease to exist, or never come to exist, before that
 */
public record ScratchFolder(Path path) implements AutoCloseable {
  /** A new folder where this machine keeps temporary files. */
  public static ScratchFolder temporary() throws IOException {
    return new ScratchFolder(Files.createTempDirectory("sightline"));
  }

  @Override
  public void close() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
