package dev.sightline.server.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a model's folder look like from outside: enough to tell that one of them has
 * changed, without reading hundreds of megabytes every time. Links are followed, for a mounted
 * volume changes by where they lead.
 *
 * @param files those that are there, by their names
 */
record FolderStamp(Map<String, FileStamp> files) {
  private static final List<String> NAMES =
      List.of(
          ModelFolder.ONNX,
          ModelFolder.TORCH,
          ModelFolder.EXPANSION,
          ModelFolder.LABELS,
          ModelFolder.CARD);

  /**
   * A file.
   *
   * @param bytes its size
   * @param written when it was last
   * @param key what tells it from a file that takes its name, where the file system has such a key
   */
  record FileStamp(long bytes, FileTime written, @Nullable Object key) {}

  /** Looks at a folder, which need not be there. */
  static FolderStamp of(Path folder) {
    Map<String, FileStamp> files = new HashMap<>();
    for (String name : NAMES) {
      try {
        BasicFileAttributes file =
            Files.readAttributes(folder.resolve(name), BasicFileAttributes.class);
        files.put(name, new FileStamp(file.size(), file.lastModifiedTime(), file.fileKey()));
      } catch (IOException e) {
        // It counts as not there; whoever reads the folder finds out why, if it matters.
      }
    }
    return new FolderStamp(files);
  }
}
