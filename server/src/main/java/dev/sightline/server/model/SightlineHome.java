package dev.sightline.server.model;

import java.nio.file.Path;
import java.util.Map;

/**
 * The folder where Sightline keeps what belongs to its user.
 *
 * @param directory the folder; it need not exist yet
 */
public record SightlineHome(Path directory) {
  /** The environment variable that names it. */
  public static final String VARIABLE = "SIGHTLINE_HOME";

  /** The folder that the environment names, else ".sightline" in the user's home. */
  public static SightlineHome of(Map<String, String> environment) {
    String named = environment.getOrDefault(VARIABLE, "");
    return new SightlineHome(
        named.isBlank()
            ? Path.of(System.getProperty("user.home"), ".sightline")
            : Path.of(named).toAbsolutePath());
  }

  /** The models of this user. */
  public ModelStore models() {
    return new ModelStore(directory.resolve("models"));
  }
}
