package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which class each image is said to show. */
public final class ImageLabels {
  /** In place of a file: the folder of an image is its label. */
  public static final String FOLDERS = "folders";

  private final @Nullable Map<String, String> byFile;

  private ImageLabels(@Nullable Map<String, String> byFile) {
    this.byFile = byFile;
  }

  /** Each image is in a folder that is called what it shows. */
  public static ImageLabels ofFolders() {
    return new ImageLabels(null);
  }

  /**
   * Reads a CSV file whose first line names the columns file and label.
   *
   * @param file its files are relative to the folder of the images, or names without a folder
   * @param problems is told of every line that is left out
   * @throws ModelException if the file as a whole cannot be read
   */
  public static ImageLabels read(Path file, Consumer<String> problems) {
    Map<String, String> labels = new HashMap<>();
    try {
      Csv.read(
          file,
          List.of("file", "label"),
          problems,
          record -> {
            if (record.get("file").isEmpty() || record.get("label").isEmpty()) {
              throw new IllegalArgumentException("a file and a label are needed");
            }
            labels.put(record.get("file"), record.get("label"));
          });
    } catch (IOException e) {
      throw new ModelException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
    return new ImageLabels(labels);
  }

  /**
   * What an image is said to show.
   *
   * @param image relative to the folder of the images
   * @return null if nothing is said
   */
  public @Nullable String of(Path image) {
    if (byFile == null) {
      Path folder = image.getParent();
      return folder == null ? null : String.valueOf(folder.getFileName());
    }
    String exact = byFile.get(image.toString());
    return exact == null ? byFile.get(String.valueOf(image.getFileName())) : exact;
  }

  /** Whether it is the folders that say it. */
  public boolean byFolder() {
    return byFile == null;
  }

  /** The images of the file; none if it is the folders that say it. */
  public Set<String> files() {
    return byFile == null ? Set.of() : byFile.keySet();
  }

  /** The labels of the file, likewise. */
  public Set<String> labels() {
    return byFile == null ? Set.of() : Set.copyOf(byFile.values());
  }

  /** The class of that name, or of that index. */
  public static OptionalInt classOf(String label, Labels labels) {
    OptionalInt named = labels.find(label);
    if (named.isPresent() || !label.matches("\\d{1,9}")) {
      return named;
    }
    int index = Integer.parseInt(label);
    return index < labels.size() ? OptionalInt.of(index) : OptionalInt.empty();
  }
}
