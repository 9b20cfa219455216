package dev.sightline.heatmap;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The image files that are read and written here, told apart by their first bytes. */
public enum PhotoFormat {
  /** JPEG, baseline or progressive. */
  JPEG("\u00ff\u00d8\u00ff", 0, ""),
  /** Portable Network Graphics. */
  PNG("\u0089PNG\r\n\u001a\n", 0, ""),
  /** WebP, lossy or lossless, not animated. */
  WEBP("RIFF", 8, "WEBP"),
  /** Windows bitmap. */
  BMP("BM", 0, "");

  /** Bytes as characters of the same number. */
  private final String start;

  private final int secondAt;
  private final String second;

  PhotoFormat(String start, int secondAt, String second) {
    this.start = start;
    this.secondAt = secondAt;
    this.second = second;
  }

  /**
   * The format of a file.
   *
   * @param file read from index 0 to its limit, whatever its position
   */
  public static Optional<PhotoFormat> of(ByteBuffer file) {
    for (PhotoFormat format : values()) {
      if (matches(file, 0, format.start) && matches(file, format.secondAt, format.second)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  private static boolean matches(ByteBuffer file, int at, String expected) {
    if (file.limit() < at + expected.length()) {
      return false;
    }
    for (int i = 0; i < expected.length(); i++) {
      if ((file.get(at + i) & 0xff) != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
