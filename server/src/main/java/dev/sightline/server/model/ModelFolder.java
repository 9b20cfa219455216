package dev.sightline.server.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.image.Resize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A model as its folder holds it, read and checked.
 *
 * @param path the folder
 * @param card what model.yaml says
 * @param preprocessing how pixels become its input
 * @param labels one a class
 * @param network the network
 */
public record ModelFolder(
    Path path, ModelCard card, Preprocessing preprocessing, Labels labels, Network network) {
  /** The network as an ONNX graph. */
  public static final String ONNX = "model.onnx";

  /** The network as a TorchScript module, in place of {@link #ONNX}. */
  public static final String TORCH = "model.pt";

  /** What rebuilds the images from the network's layers, which a model may have. */
  public static final String EXPANSION = "expansion.onnx";

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
    Path file = networkFile(folder);
    checkSum(file, card);
    Labels labels = Labels.read(present(folder.resolve(LABELS)));
    Network network =
        file.endsWith(TORCH) ? torch(file, card) : onnx(file, folder.resolve(EXPANSION));
    Preprocessing preprocessing = card.input().preprocessing();
    if (preprocessing.order().channels() != network.input().channels()) {
      throw new ModelException(
          "%s: input.order is %s where the network takes %d channels"
              .formatted(folder.resolve(CARD), preprocessing.order(), network.input().channels()));
    }
    ModelFolder model = new ModelFolder(folder, card, preprocessing, labels, network);
    if (network instanceof Network.Onnx onnx) {
      model.checkClasses(onnx.graph().classes());
    }
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

  /** The same model at another place. */
  ModelFolder movedTo(Path folder) {
    return new ModelFolder(
        folder,
        card,
        preprocessing,
        labels,
        network.movedTo(folder.resolve(network.file().getFileName())));
  }

  /** The name by which clients choose it. */
  public String name() {
    return card.name();
  }

  /** The shape of its input. */
  public InputShape inputShape() {
    return network.input();
  }

  /**
   * The network as a graph.
   *
   * @throws ModelException if it is a TorchScript module
   */
  public Graph graph() {
    if (network instanceof Network.Onnx onnx) {
      return onnx.graph();
    }
    throw new ModelException(
        "%s is a TorchScript module, and this needs an ONNX graph".formatted(network.file()));
  }

  /**
   * What lies in the folder as expansion.onnx and rebuilds the images from the network's layers, as
   * High-Resolution CAM needs; empty if there is none.
   */
  public Optional<ExpansionNetwork> expansion() {
    return network instanceof Network.Onnx onnx ? onnx.expansion() : Optional.empty();
  }

  /**
   * Why there is no {@link #expansion}, and what to do about it: a sentence without a full stop;
   * empty if there is one.
   */
  public Optional<String> expansionObstacle() {
    if (network instanceof Network.TorchScript) {
      return Optional.of(
          "model %s is a TorchScript module, and an expansion network is written into an ONNX graph"
              .formatted(name()));
    }
    return expansion().isPresent()
        ? Optional.empty()
        : Optional.of(
            "model %1$s has no expansion network; `sightline model train-expansion %1$s --images DIR` trains one"
                .formatted(name()));
  }

  /**
   * Writes expansion.onnx, in place of the one that there was. It is checked before anything is
   * written.
   *
   * @return the model with it
   * @throws ModelException if it does not fit the network, if that is a TorchScript module, or if
   *     the file cannot be written; it is what it was then
   */
  public ModelFolder withExpansion(ModelProto onnx) {
    Path file = path.resolve(EXPANSION);
    ExpansionNetwork expansion;
    try {
      expansion = ExpansionNetwork.of(onnx, graph());
    } catch (GraphException e) {
      throw new ModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
    write(file, onnx::writeTo);
    return new ModelFolder(
        path,
        card,
        preprocessing,
        labels,
        new Network.Onnx(network.file(), graph(), Optional.of(expansion)));
  }

  private static void write(Path file, AtomicFile.Content content) {
    try {
      AtomicFile.write(file, content);
    } catch (IOException e) {
      throw new ModelException("%s cannot be written: %s".formatted(file, e), e);
    }
  }

  /**
   * The layer that is explained where none is named; the empty string if none can be explained, as
   * of a graph whose very end cannot be differentiated.
   */
  public String defaultLayer() {
    String chosen = card.layer();
    if (chosen != null) {
      return chosen;
    }
    if (network instanceof Network.Onnx onnx) {
      return onnx.graph().layers().isEmpty() ? "" : onnx.graph().defaultLayer().name();
    }
    return Network.TorchScript.LAYER;
  }

  /**
   * Checks that there is a label for each class.
   *
   * @throws ModelException if there is not
   */
  void checkClasses(int classes) {
    if (labels.size() != classes) {
      throw new ModelException(
          "%s has %d labels where the network has %d classes"
              .formatted(path.resolve(LABELS), labels.size(), classes));
    }
  }

  /** The measured standard deviations of model.yaml, by layer. */
  public Map<String, Sigma> sigmas() {
    Map<String, Sigma> given = card.sigma();
    return given == null ? Map.of() : given;
  }

  /**
   * Writes measured standard deviations of a layer into model.yaml, in place of those that it had.
   * The file is written anew: comments in it are lost.
   *
   * @return the model with them
   * @throws ModelException if there is no such layer, or if the file cannot be written; it is what
   *     it was then
   */
  public ModelFolder withSigma(String layer, Sigma sigma) {
    ModelFolder measured =
        new ModelFolder(path, card.withSigma(layer, sigma), preprocessing, labels, network);
    measured.checkLayers();
    byte[] text = ModelYaml.text(measured.card()).getBytes(StandardCharsets.UTF_8);
    write(path.resolve(CARD), out -> out.write(text));
    return measured;
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
    String chosen = card.layer();
    if (chosen != null) {
      checkLayer("layer", chosen);
    }
    sigmas().keySet().forEach(layer -> checkLayer("sigma", layer));
  }

  private void checkLayer(String key, String layer) {
    if (network instanceof Network.TorchScript) {
      if (!layer.equals(Network.TorchScript.LAYER)) {
        throw new ModelException(
            "%s: %s: there is no layer '%s'; a TorchScript module has one, '%s'"
                .formatted(path.resolve(CARD), key, layer, Network.TorchScript.LAYER));
      }
      return;
    }
    try {
      Layer unused = graph().layer(layer);
    } catch (GraphException e) {
      throw new ModelException("%s: %s: %s".formatted(path.resolve(CARD), key, e.getMessage()), e);
    }
  }

  private static Path networkFile(Path folder) {
    Path onnx = folder.resolve(ONNX);
    Path torch = folder.resolve(TORCH);
    if (!Files.isRegularFile(torch)) {
      return present(onnx);
    }
    if (Files.isRegularFile(onnx)) {
      throw new ModelException(
          "%s holds both %s and %s; a model has one of them".formatted(folder, ONNX, TORCH));
    }
    return torch;
  }

  private static Network torch(Path file, ModelCard card) {
    Path expansion = file.resolveSibling(EXPANSION);
    if (Files.exists(expansion)) {
      throw new ModelException(
          "%s goes with %s, and this model is %s".formatted(expansion, ONNX, TORCH));
    }
    Integer height = card.input().height();
    Integer width = card.input().width();
    if (height == null || width == null || height < 1 || width < 1) {
      throw new ModelException(
          "%s: %s does not tell the size of its input: input.height and input.width are needed"
              .formatted(file.resolveSibling(CARD), TORCH));
    }
    return new Network.TorchScript(
        file, new InputShape(card.input().order().channels(), height, width));
  }

  private static Path present(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ModelException(file + " is missing");
    }
    return file;
  }

  private static void checkSum(Path file, ModelCard card) {
    String wanted = card.sha256();
    if (wanted == null) {
      return;
    }
    try {
      String found = Checksum.sha256(file);
      if (!found.equalsIgnoreCase(wanted)) {
        throw new ModelException(
            "%s has the SHA-256 %s where %s says %s".formatted(file, found, CARD, wanted));
      }
    } catch (IOException e) {
      throw new ModelException(file + " cannot be read", e);
    }
  }

  private static Network onnx(Path file, Path expansion) {
    try {
      Graph graph = Graph.read(file);
      return new Network.Onnx(
          file,
          graph,
          Files.exists(expansion)
              ? Optional.of(ExpansionNetwork.read(expansion, graph))
              : Optional.empty());
    } catch (GraphException e) {
      throw new ModelException(e.getMessage(), e);
    }
  }
}
