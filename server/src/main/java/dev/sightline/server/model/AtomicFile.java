package dev.sightline.server.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Files that are there whole, or as they were before. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes what a file is to hold. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it; the stream is closed by who called. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file, and the folders that it lies in, in place of one that may be there. Two writers
   * at once do not disturb each other: the last one's file stays.
   *
   * @throws IOException if it cannot be written; what was there is there still
   */
  public static void write(Path file, Content content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " is no file");
    }
    Files.createDirectories(folder);
    // A temporary file of the library would be readable to its owner alone.
    Path draft = folder.resolve(".%s-%s".formatted(file.getFileName(), UUID.randomUUID()));
    try {
      try (OutputStream out = Files.newOutputStream(draft)) {
        content.writeTo(out);
      }
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }
}
