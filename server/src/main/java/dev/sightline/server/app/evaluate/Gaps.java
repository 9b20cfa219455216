package dev.sightline.server.app.evaluate;

import dev.sightline.server.app.evaluate.annotation.Boxes;
import dev.sightline.server.app.evaluate.annotation.ImageLabels;
import dev.sightline.server.app.evaluate.annotation.ImageSet;
import dev.sightline.server.model.Labels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is said about images that there are not. */
final class Gaps {
  private static final int NAMED = 10;

  private Gaps() {}

  /**
   * A line for each kind of gap: classes of which no image was measured, and labels and boxes of
   * images that are not in the folder.
   *
   * @param files that were to be measured
   * @param results of those that were
   */
  static List<String> of(
      ImageSet images, List<Path> files, List<ImageResult> results, Labels classes) {
    List<String> lines = new ArrayList<>();
    ImageLabels labels = images.labels();
    Set<String> names =
        files.stream().map(file -> Boxes.name(file.toString())).collect(Collectors.toSet());
    if (labels != null) {
      Set<Integer> measured = new HashSet<>();
      results.forEach(result -> measured.add(result.classIndex()));
      Set<String> said = new TreeSet<>(labels.labels());
      said.addAll(labels.byFolder() ? folders(images.folder()) : Set.of());
      said.removeIf(
          label -> {
            OptionalInt known = ImageLabels.classOf(label, classes);
            return known.isPresent() && measured.contains(known.getAsInt());
          });
      line("classes of which no image was measured", said, lines);
      Set<String> labelled = new TreeSet<>(labels.files());
      labelled.removeIf(file -> names.contains(Boxes.name(file)));
      line("labels of images that are not there", labelled, lines);
    }
    Set<String> boxed = new TreeSet<>(images.boxes().files());
    boxed.removeAll(names);
    line("boxes of images that are not there", boxed, lines);
    return lines;
  }

  /** The names of the folders that hold no other: each is a class, even if it is empty. */
  private static Set<String> folders(Path images) {
    try (Stream<Path> all = Files.walk(images)) {
      List<Path> folders = all.filter(Files::isDirectory).toList();
      Set<Path> parents = folders.stream().map(Path::getParent).collect(Collectors.toSet());
      return folders.stream()
          .filter(folder -> !folder.equals(images) && !parents.contains(folder))
          .map(folder -> String.valueOf(folder.getFileName()))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void line(String what, Collection<String> names, List<String> lines) {
    if (!names.isEmpty()) {
      lines.add(
          "%s: %d: %s%s"
              .formatted(
                  what,
                  names.size(),
                  names.stream().limit(NAMED).collect(Collectors.joining(", ")),
                  names.size() > NAMED ? ", …" : ""));
    }
  }
}
