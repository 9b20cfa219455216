package dev.sightline.server.app.evaluate.annotation;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Text files of a user's. */
final class TextFiles {
  /** More than the boxes of one image take. */
  private static final long MOST_BYTES = 64L << 20;

  private TextFiles() {}

  /** A whole file of UTF-8, without its byte order mark. */
  static String read(Path file) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException("it has more than %d bytes".formatted(MOST_BYTES));
    }
    try {
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IOException("it is not in UTF-8", e);
    }
  }
}
