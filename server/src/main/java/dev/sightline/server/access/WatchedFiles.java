package dev.sightline.server.access;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that mean something together, read again when one of them changes. What is new but unfit is
 * told in the log, once, and what was read before stays in force. Thread-safe.
 *
 * <p>Contents are compared, not times: mounted secrets are links that change under a file's name.
 */
public final class WatchedFiles {
  private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);
  private static final int MAX_BYTES = 1 << 20;

  /** Takes contents into force. */
  @FunctionalInterface
  public interface Reading {

    /**
     * Takes them all, or nothing.
     *
     * @param contents of each file, in the order of the files
     * @throws IllegalArgumentException if they are unfit; its message is logged, and so holds
     *     nothing of the contents
     */
    void take(List<byte[]> contents);
  }

  private final String what;
  private final List<Path> files;
  private final Reading reading;

  /** A hash of what was looked at last, taken or not: there is no need to keep secrets for it. */
  private byte[] seen = {};

  private WatchedFiles(String what, List<Path> files, Reading reading) {
    this.what = what;
    this.files = List.copyOf(files);
    this.reading = reading;
  }

  /**
   * Reads the files for the first time.
   *
   * @param what they are, in words for the log
   * @throws IllegalArgumentException in a sentence, if they cannot be read or are unfit
   */
  public static WatchedFiles read(String what, List<Path> files, Reading reading) {
    WatchedFiles watched = new WatchedFiles(what, files, reading);
    watched.look();
    return watched;
  }

  /** Reads the files again if they have changed. */
  public synchronized void check() {
    try {
      if (look()) {
        log.info("{} changed and is in force: {}", what, files);
      }
    } catch (IllegalArgumentException e) {
      log.warn("{} changed, but what was read before stays in force: {}", what, e.getMessage());
    }
  }

  /** Looks at the files and takes what is new; false if nothing is. */
  private synchronized boolean look() {
    List<byte[]> contents = new ArrayList<>();
    MessageDigest hash = Tokens.sha256();
    String unreadable = null;
    for (Path file : files) {
      try {
        byte[] content = content(file);
        contents.add(content);
        hash.update(Tokens.sha256().digest(content));
      } catch (IOException e) {
        unreadable = sentence(file, e);
        hash.update(unreadable.getBytes(StandardCharsets.UTF_8));
      }
    }
    byte[] now = hash.digest();
    if (MessageDigest.isEqual(seen, now)) {
      return false;
    }
    seen = now;
    if (unreadable != null) {
      throw new IllegalArgumentException(unreadable);
    }
    reading.take(contents);
    return true;
  }

  private static byte[] content(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new IOException("it has more than a megabyte");
      }
      return content;
    }
  }

  private static String sentence(Path file, IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no file " + file;
    }
    if (failure instanceof AccessDeniedException) {
      return "no permission to read " + file;
    }
    return "%s cannot be read: %s".formatted(file, failure.getMessage());
  }
}
