package dev.sightline.server.model.pull;

import dev.sightline.server.model.ModelException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * A gzipped tar file.
 *
 * @param file where it is
 * @param mostBytes how many bytes are unpacked of it at most
 */
record Tarball(Path file, long mostBytes) {
  /**
   * Unpacks the files whose names are wanted.
   *
   * @throws ModelException if the tarball is damaged, holds a name that leads out of the folder, a
   *     wanted link, or too many bytes; the message names the tarball
   */
  void unpack(Path into, Predicate<String> wanted) {
    long left = mostBytes;
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        InputStream gzip = GzipCompressorInputStream.builder().setInputStream(raw).get();
        TarArchiveInputStream tar = new TarArchiveInputStream(gzip)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path target = inside(into, entry.getName());
        if (entry.isDirectory() || !wanted.test(entry.getName())) {
          continue;
        }
        if (!isOrdinary(entry)) {
          throw new ModelException(
              "%s holds '%s', which is no ordinary file"
                  .formatted(file.getFileName(), entry.getName()));
        }
        left -= entry.getSize();
        if (left < 0) {
          throw new ModelException(
              "%s unpacks to more than %d bytes".formatted(file.getFileName(), mostBytes));
        }
        Path parent = target.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        try (OutputStream out = Files.newOutputStream(target)) {
          tar.transferTo(out);
        }
      }
    } catch (IOException e) {
      throw new ModelException(
          "%s is damaged or no tarball: %s".formatted(file.getFileName(), e.getMessage()), e);
    }
  }

  // TarArchiveEntry.isFile() is true for links too.
  private static boolean isOrdinary(TarArchiveEntry entry) {
    byte flag = entry.getLinkFlag();
    return flag == TarConstants.LF_NORMAL || flag == TarConstants.LF_OLDNORM;
  }

  private Path inside(Path folder, String name) {
    try {
      Path root = folder.toAbsolutePath().normalize();
      Path target = root.resolve(name).normalize();
      if (target.startsWith(root)) {
        return target;
      }
    } catch (InvalidPathException e) {
      throw new ModelException(
          "%s holds the impossible name '%s'".formatted(file.getFileName(), name), e);
    }
    throw new ModelException(
        "%s holds '%s', which leads out of its folder; nothing of it is used"
            .formatted(file.getFileName(), name));
  }
}
