package dev.sightline.server.model;

import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.image.Resize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A model as its folder holds it, read and checked.
 *
 * @param path the folder
 * @param card what model.yaml says
 * @param preprocessing how pixels become its input
 * @param labels one a class
 * @param graph the network
 */
public record ModelFolder(
    Path path, ModelCard card, Preprocessing preprocessing, Labels labels, Graph graph) {
  /** The network. */
  public static final String ONNX = "model.onnx";

  /** One label a line; line i is class i. */
  public static final String LABELS = "labels.txt";

  /** What else is to be known: {@link ModelCard}. */
  public static final String CARD = "model.yaml";

  /**
   * Reads a folder and checks that its files are whole and fit each other.
   *
   * @throws ModelException if they are not; the message names the file and what is wrong
   */
  public static ModelFolder read(Path folder) {
    ModelCard card = card(folder);
    Path onnx = present(folder.resolve(ONNX));
    checkSum(onnx, card);
    Labels labels = Labels.read(present(folder.resolve(LABELS)));
    Graph graph = graph(onnx);
    Preprocessing preprocessing = card.input().preprocessing();
    if (labels.size() != graph.classes()) {
      throw new ModelException(
          "%s has %d labels where the network has %d classes"
              .formatted(folder.resolve(LABELS), labels.size(), graph.classes()));
    }
    if (preprocessing.order().channels() != graph.input().channels()) {
      throw new ModelException(
          "%s: input.order is %s where the network takes %d channels"
              .formatted(folder.resolve(CARD), preprocessing.order(), graph.input().channels()));
    }
    ModelFolder model = new ModelFolder(folder, card, preprocessing, labels, graph);
    model.checkLayers();
    model.checkCrop();
    return model;
  }

  /**
   * Reads model.yaml alone.
   *
   * @throws ModelException if it is missing or wrong
   */
  public static ModelCard card(Path folder) {
    Path file = folder.resolve(CARD);
    if (!Files.isDirectory(folder)) {
      throw new ModelException(folder + " is no folder of a model");
    }
    try {
      return ModelYaml.card(Files.readString(present(file)), file);
    } catch (IOException e) {
      throw new ModelException(file + " cannot be read", e);
    }
  }

  /** The name by which clients choose it. */
  public String name() {
    return card.name();
  }

  /** The shape of its input. */
  public InputShape inputShape() {
    return new InputShape(graph.input().channels(), graph.input().height(), graph.input().width());
  }

  /** The layer that is explained where none is named. */
  public String defaultLayer() {
    String chosen = card.layer();
    return chosen == null ? graph.defaultLayer().name() : chosen;
  }

  /** The measured standard deviations of model.yaml, by layer. */
  public Map<String, Sigma> sigmas() {
    Map<String, Sigma> given = card.sigma();
    return given == null ? Map.of() : given;
  }

  private void checkCrop() {
    InputShape input = inputShape();
    if (preprocessing.resize() instanceof Resize.CenterCrop crop
        && crop.shortSide() < Math.max(input.height(), input.width())) {
      throw new ModelException(
          "%s: input.resize is '%s', from which no input of %d x %d can be cut"
              .formatted(path.resolve(CARD), card.input().resize(), input.height(), input.width()));
    }
  }

  private void checkLayers() {
    checkLayer("layer", defaultLayer());
    sigmas().keySet().forEach(layer -> checkLayer("sigma", layer));
  }

  private void checkLayer(String key, String layer) {
    try {
      graph.layer(layer);
    } catch (GraphException e) {
      throw new ModelException("%s: %s: %s".formatted(path.resolve(CARD), key, e.getMessage()), e);
    }
  }

  private static Path present(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ModelException(file + " is missing");
    }
    return file;
  }

  private static void checkSum(Path onnx, ModelCard card) {
    String wanted = card.sha256();
    if (wanted == null) {
      return;
    }
    try {
      String found = Checksum.sha256(onnx);
      if (!found.equalsIgnoreCase(wanted)) {
        throw new ModelException(
            "%s has the SHA-256 %s where %s says %s".formatted(onnx, found, CARD, wanted));
      }
    } catch (IOException e) {
      throw new ModelException(onnx + " cannot be read", e);
    }
  }

  private static Graph graph(Path onnx) {
    try {
      return Graph.read(onnx);
    } catch (GraphException e) {
      throw new ModelException(e.getMessage(), e);
    }
  }
}
