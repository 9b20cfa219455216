package dev.sightline.server.model.pull;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sightline.server.model.ModelCard;
import org.jspecify.annotations.Nullable;

/**
 * A network that can be pulled.
 *
 * @param description a line about it
 * @param npmPackage the npm package that carries it, as NAME@VERSION
 * @param tarball the SHA-256 of the package's tarball
 * @param megabytes the size of the tarball, to tell those who wait
 * @param format what its file is
 * @param file the file's path inside the tarball
 * @param sha256 the file's SHA-256; absent where the tarball's says it all
 * @param labels the labels' path inside the tarball: a text of one a line, or a JSON object of
 *     class numbers and names
 * @param background how many classes come before the first one that counts; they are dropped
 * @param input how pixels become its input
 * @param license the licence of the weights
 * @param origin where the weights come from
 */
public record CatalogueEntry(
    String description,
    @JsonProperty("package") String npmPackage,
    String tarball,
    int megabytes,
    Format format,
    String file,
    @Nullable String sha256,
    String labels,
    int background,
    ModelCard.Input input,
    String license,
    String origin) {

  /** What a network's file is. */
  public enum Format {
    /** A TensorFlow Lite file with float weights. */
    TFLITE,
    /** A Keras layers model: model.json, its weights beside it. */
    KERAS
  }

  /** True for the paths inside the tarball that make the model. */
  boolean wants(String path) {
    return path.equals(labels)
        || switch (format) {
          case TFLITE -> path.equals(file);
          case KERAS -> path.startsWith(file.substring(0, file.lastIndexOf('/') + 1));
        };
  }

  ModelCard card(String name) {
    return new ModelCard(name, description, input, null, null, null, license, origin);
  }
}
