package dev.sightline.server.model;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Models with real weights, for tests that need them. Such a test is skipped where the model has
 * not been pulled, but fails if the system property {@code sightline.requireModels} is true.
 */
public final class PulledModels {
  private PulledModels() {}

  /** The folder of a pulled model, such as "mobilenet-v1". */
  public static Path require(String name) {
    Path folder = SightlineHome.of(System.getenv()).models().folder(name);
    if (!Files.isDirectory(folder)) {
      String missing =
          "%s is missing; `sightline model pull %s` fetches it".formatted(folder, name);
      return Boolean.getBoolean("sightline.requireModels") ? fail(missing) : abort(missing);
    }
    return folder;
  }
}
