package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The boxes of images, by the names of their files. An image is looked for by its file's name
 * without its folders, as that is all that most files of boxes know.
 */
public final class Boxes {
  private final Map<String, List<LabelledBox>> byFile = new LinkedHashMap<>();

  /** No boxes. */
  public Boxes() {}

  /**
   * Reads boxes: of a PASCAL VOC file (.xml) or a folder of them with the folders in it, of a COCO
   * file (.json), or of a CSV file with the columns file, label, xmin, ymin, xmax, ymax.
   *
   * @param path the file or folder
   * @param problems is told of every entry that is left out, in a line that names it
   * @throws ModelException if the file as a whole cannot be read
   */
  public static Boxes read(Path path, Consumer<String> problems) {
    Boxes boxes = new Boxes();
    try {
      if (Files.isDirectory(path)) {
        List<Path> files;
        try (Stream<Path> all = Files.walk(path)) {
          files = all.filter(file -> extension(file).equals("xml")).sorted().toList();
        }
        if (files.isEmpty()) {
          throw new ModelException("%s holds no .xml file of boxes".formatted(path));
        }
        files.forEach(file -> VocBoxes.read(file, boxes, problems));
        return boxes;
      }
      switch (extension(path)) {
        case "xml" -> VocBoxes.read(path, boxes, problems);
        case "json" -> CocoBoxes.read(path, boxes, problems);
        case "csv" -> CsvBoxes.read(path, boxes, problems);
        default ->
            throw new ModelException(
                "%s: boxes are read from .xml (PASCAL VOC), .json (COCO) and .csv".formatted(path));
      }
      return boxes;
    } catch (IOException | UncheckedIOException e) {
      throw new ModelException("%s cannot be read: %s".formatted(path, e.getMessage()), e);
    }
  }

  private static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  void add(String file, LabelledBox box) {
    byFile.computeIfAbsent(name(file), any -> new ArrayList<>()).add(box);
  }

  /** The boxes of an image, in the order of their file. */
  public List<LabelledBox> of(String file) {
    return byFile.getOrDefault(name(file), List.of());
  }

  /** The number of images that have boxes. */
  public int images() {
    return byFile.size();
  }

  /** The names of the images that have boxes. */
  public Set<String> files() {
    return byFile.keySet();
  }

  /** The name of a file without its folders, by which boxes are found. */
  public static String name(String file) {
    return file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  }
}
