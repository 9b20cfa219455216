package dev.sightline.server.model.pull;

import java.nio.file.Path;
import java.util.function.Consumer;

/** Where packages come from. */
public interface PackageSource {
  /**
   * Fetches a package.
   *
   * @param npmPackage its NAME@VERSION
   * @param into an empty folder
   * @param progress told what to show to someone who waits
   * @return its tarball, in that folder
   * @throws dev.sightline.server.model.ModelException if it cannot be fetched; the message says why
   */
  Path fetch(String npmPackage, Path into, Consumer<String> progress);
}
