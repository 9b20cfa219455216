package dev.sightline.server.app;

import static java.util.stream.Collectors.joining;

import dev.sightline.server.graph.Layer;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Models in words and tables, for people. */
final class ModelText {
  private ModelText() {}

  /** What and where a model is. */
  static String summary(ModelFolder model) {
    return String.join(
        System.lineSeparator(),
        "%s: %s".formatted(model.name(), model.card().description()),
        "  input   %s, %s".formatted(input(model), model.preprocessing().describe()),
        "  classes %d, %s ... %s"
            .formatted(
                model.labels().size(),
                model.labels().label(0),
                model.labels().label(model.labels().size() - 1)),
        "  layer   " + (model.defaultLayer().isEmpty() ? "none" : model.defaultLayer()),
        "  at      " + model.path());
  }

  /** The shape of a model's input. */
  static String input(ModelFolder model) {
    return "%d x %d x %d"
        .formatted(
            model.inputShape().channels(), model.inputShape().height(), model.inputShape().width());
  }

  /** The size of a model's network. */
  static String size(ModelFolder model) {
    return size(model.network().file());
  }

  /** What rebuilds the images from the model's layers, or why nothing does. */
  static String expansion(ModelFolder model) {
    return model
        .expansion()
        .map(
            network ->
                "%s, %s, from %s%s"
                    .formatted(
                        ModelFolder.EXPANSION,
                        size(model.path().resolve(ModelFolder.EXPANSION)),
                        network.layers().stream().map(Layer::name).collect(joining(", ")),
                        told(network.metadata())))
        .or(model::expansionObstacle)
        .orElseThrow();
  }

  private static String told(Map<String, String> metadata) {
    return metadata.entrySet().stream()
        .map(entry -> "; %s %s".formatted(entry.getKey(), entry.getValue()))
        .collect(joining());
  }

  private static String size(Path file) {
    try {
      return String.format(Locale.ROOT, "%.1f MB", Files.size(file) / 1e6);
    } catch (IOException e) {
      throw new ModelException(file + " cannot be read", e);
    }
  }

  /** Rows in columns, each as wide as its widest cell; the first row is the head. */
  static String table(List<List<String>> rows) {
    List<Integer> widths = new ArrayList<>();
    for (int column = 0; column < rows.get(0).size(); column++) {
      int at = column;
      widths.add(rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        line.append(cell).append(" ".repeat(widths.get(column) - cell.length() + 2));
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }
}
