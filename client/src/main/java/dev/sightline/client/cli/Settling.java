package dev.sightline.client.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Files that are still being written: a file counts as whole once nothing has touched it for a
 * while. Times are readings of one clock, in nanoseconds. Not thread-safe.
 */
final class Settling {
  private final long quiet;
  private final Map<Path, Long> touched = new LinkedHashMap<>();

  Settling(Duration quiet) {
    this.quiet = quiet.toNanos();
  }

  /** A file was made or changed. */
  void touched(Path file, long now) {
    touched.put(file, now);
  }

  /** Takes the files that have been quiet for long enough, in the order of their first touch. */
  List<Path> settled(long now) {
    List<Path> settled = new ArrayList<>();
    Iterator<Map.Entry<Path, Long>> files = touched.entrySet().iterator();
    while (files.hasNext()) {
      Map.Entry<Path, Long> file = files.next();
      if (now - file.getValue() >= quiet) {
        settled.add(file.getKey());
        files.remove();
      }
    }
    return settled;
  }

  /** How long until another file may have settled; empty while there is none. */
  Optional<Duration> untilNext(long now) {
    return touched.values().stream()
        .map(at -> Duration.ofNanos(Math.max(0, at + quiet - now)))
        .min(Duration::compareTo);
  }
}
