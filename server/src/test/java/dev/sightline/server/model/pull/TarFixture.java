package dev.sightline.server.model.pull;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;

/** A tarball, built entry by entry. */
final class TarFixture {
  /** Not the time of day: the same files must give the same checksum a second later. */
  private static final long WRITTEN = 0;

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, String> links = new LinkedHashMap<>();

  TarFixture file(String name, byte[] bytes) {
    files.put(name, bytes);
    return this;
  }

  TarFixture link(String name, String target) {
    links.put(name, target);
    return this;
  }

  Path write(Path file) {
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar =
            new TarArchiveOutputStream(new GzipCompressorOutputStream(out))) {
      for (Map.Entry<String, byte[]> each : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(each.getKey(), true);
        entry.setModTime(WRITTEN);
        entry.setSize(each.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(each.getValue());
        tar.closeArchiveEntry();
      }
      for (Map.Entry<String, String> each : links.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(each.getKey(), TarConstants.LF_SYMLINK);
        entry.setModTime(WRITTEN);
        entry.setLinkName(each.getValue());
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
