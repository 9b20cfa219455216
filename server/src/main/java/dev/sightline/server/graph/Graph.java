package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An image classifier as an ONNX graph that can be cut at a layer and differentiated from its
 * logits back to it.
 *
 * <p>Takes models with one float32 input N × channels × height × width, or with the channels last
 * as TensorFlow has them, and scores N × classes: the output named {@code logits}, or the only one
 * of that shape. Where it is a Softmax, the logits are what enters it. A model fixed to a batch of
 * one is made to take any number of frames.
 *
 * <p>A value: immutable, and safe to use from several threads.
 */
public final class Graph {
  private final ModelProto model;
  private final Network network;
  private final List<Layer> layers;
  private final Places places;
  private final Map<String, Layer> maps;
  private final Map<ReluRule, Map<String, String>> obstacles = new ConcurrentHashMap<>();
  private final @Nullable Layer defaultLayer;

  private Graph(ModelProto model) {
    this.model = ChannelsFirst.of(model);
    this.network = NetworkReader.read(this.model);
    this.places = Places.of(network);
    Map<String, String> plain = obstacles(ReluRule.PLAIN);
    Map<String, Layer> found = new HashMap<>();
    List<Layer> explainable = new ArrayList<>();
    Set<String> passing = network.onTheWayThroughBytes();
    Map<String, Node> producers = Network.producers(network.nodes());
    for (Node node : network.nodes()) {
      for (String output : node.outputs()) {
        Optional<Place> place = places.of(output);
        if (place.isEmpty() || passing.contains(output)) {
          continue;
        }
        String operator = Network.beforeBytes(node, producers).operator();
        Layer layer = layerOf(output, place.get(), operator);
        found.put(output, layer);
        if (!plain.containsKey(output)) {
          explainable.add(layer);
        }
      }
    }
    String input = network.input().name();
    Shape image = network.shapes().shape(input);
    found.put(input, layerOf(input, Place.of(Place.Order.MAPS, image), "Input"));
    this.maps = Map.copyOf(found);
    this.layers = List.copyOf(explainable);
    this.defaultLayer =
        new LastMap(network, places)
            .find(layers)
            .orElse(layers.isEmpty() ? null : layers.get(layers.size() - 1));
  }

  /**
   * Reads a model from a file.
   *
   * @throws GraphException if it is missing, truncated, not ONNX, or not a classifier of images
   */
  public static Graph read(Path onnxFile) {
    return OnnxFile.read(onnxFile, Graph::of);
  }

  /**
   * Reads a model of several outputs, of which one is the logits.
   *
   * @return the graph, whose {@link #model()} has that output alone
   * @throws GraphException as {@link #read(Path)}; also if there is no such output
   */
  public static Graph read(Path onnxFile, String output) {
    return OnnxFile.read(onnxFile, model -> of(withOutput(model, output)));
  }

  private static ModelProto withOutput(ModelProto model, String output) {
    List<ValueInfoProto> outputs = model.getGraph().getOutputList();
    ValueInfoProto chosen =
        outputs.stream()
            .filter(value -> value.getName().equals(output))
            .findFirst()
            .orElseThrow(
                () ->
                    new GraphException(
                        "there is no output '"
                            + output
                            + "', only "
                            + outputs.stream().map(ValueInfoProto::getName).toList()));
    ModelProto.Builder only = model.toBuilder();
    only.getGraphBuilder().clearOutput().addOutput(chosen);
    return only.build();
  }

  /**
   * Takes a model that is already in memory.
   *
   * @throws GraphException if it is not a classifier of images
   */
  public static Graph of(ModelProto model) {
    return new Graph(model);
  }

  /**
   * The model as it was given, but for images N × H × W × channels: its input is N × channels × H ×
   * W under the same name.
   */
  public ModelProto model() {
    return model;
  }

  /** The input that takes the images, under its name in the model. */
  public ImageInput input() {
    return network.input();
  }

  /** Number of classes, the length of the logits. */
  public int classes() {
    return network.classes();
  }

  /**
   * The layers that can be explained, in topological order: every grid of feature maps of more than
   * one cell between input and logits, before as well as after an activation, behind which every
   * operator can be differentiated. Tokens of a transformer count as such a grid, without the class
   * token; whatever the order of its axes in the model, a layer is explained as N × K × h × w.
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * The last convolutional map, after its activation: what enters pooling, flattening or the head.
   *
   * @throws GraphException if {@link #layers} is empty; the message says what is in the way
   */
  public Layer defaultLayer() {
    if (defaultLayer == null) {
      throw new GraphException(near(""));
    }
    return defaultLayer;
  }

  /**
   * A layer by its name. The image input counts as one, although {@link #layers()} does not list
   * it: its gradient is what saliency maps are made of.
   *
   * @throws GraphException if there is no such layer or it cannot be explained; the message lists
   *     those that can
   */
  public Layer layer(String name) {
    return layer(name, ReluRule.PLAIN);
  }

  private Layer layer(String name, ReluRule rule) {
    Layer layer = grid(name);
    String obstacle = obstacles(rule).get(name);
    if (obstacle == null) {
      return layer;
    }
    String by = rule == ReluRule.PLAIN ? "" : " by " + rule.inWords();
    throw new GraphException(
        "layer '%s' cannot be explained%s: %s%s"
            .formatted(
                name,
                by,
                obstacle,
                rule != ReluRule.PLAIN || layers.isEmpty() ? "" : "; " + near(name)));
  }

  /** The version of ONNX's own operator set that written graphs are in. */
  int opset() {
    return network.opset();
  }

  /** A grid of feature maps, whether it can be explained or not. */
  Layer grid(String name) {
    Layer layer = maps.get(name);
    if (layer == null) {
      throw new GraphException("there is no layer '" + name + "'; " + near(name));
    }
    return layer;
  }

  private String near(String name) {
    return layers.isEmpty()
        ? "no layer can be explained: "
            + obstacles(ReluRule.PLAIN)
                .getOrDefault(input().name(), "no tensor is a grid of feature maps")
        : LayerNames.near(name, layers);
  }

  /**
   * What keeps the image input from being differentiated to under a rule: a sentence without a full
   * stop that names node and operator, or nothing. Answers from the graph alone: nothing is
   * written, and the answer is kept.
   */
  public Optional<String> obstacle(ReluRule rule) {
    return Optional.ofNullable(obstacles(rule).get(input().name()));
  }

  /** What keeps each tensor from being differentiated to. */
  private Map<String, String> obstacles(ReluRule rule) {
    return obstacles.computeIfAbsent(rule, by -> new Differentiation(network, by).obstacles());
  }

  /**
   * Writes the graph that explains one layer by the plain gradient.
   *
   * @throws GraphException as {@link #explain(String, ReluRule)}
   */
  public ExplainedGraph explain(String layerName) {
    return explain(layerName, ReluRule.PLAIN);
  }

  /**
   * Writes the graph that explains one layer, or the image input.
   *
   * @param rule how the gradient passes kinks
   * @throws GraphException if there is no such layer; if an operator behind it cannot be
   *     differentiated; or if it is smooth where the rule needs the kink of a ReLU
   */
  public ExplainedGraph explain(String layerName, ReluRule rule) {
    return explained(layerName, rule, null);
  }

  /**
   * Writes the graph that explains one layer, or the image input, and rebuilds the input by an
   * expansion network: one more output, {@link ExpansionNetwork#RECONSTRUCTION}. The layer need not
   * be one that the expansion network takes.
   *
   * @param expansion one that was read for this very graph
   * @throws GraphException as {@link #explain(String, ReluRule)}
   * @throws IllegalArgumentException if the expansion network was read for another graph
   */
  public ExplainedGraph explain(String layerName, ReluRule rule, ExpansionNetwork expansion) {
    if (!expansion.belongsTo(this)) {
      throw new IllegalArgumentException("the expansion network was read for another graph");
    }
    return explained(layerName, rule, expansion);
  }

  private ExplainedGraph explained(
      String layerName, ReluRule rule, @Nullable ExpansionNetwork expansion) {
    Layer layer = layer(layerName, rule);
    ModelProto written =
        new ExplainedGraphWriter(model, network, layer, places.of(layerName), rule, expansion)
            .write();
    return new ExplainedGraph(written, layer, input(), classes());
  }

  /**
   * What keeps the part of the network behind a layer from being run alone, if anything: a sentence
   * without a full stop that names the node at which the layer is bypassed. The layer need not be
   * one that can be explained.
   *
   * @throws GraphException if there is no such layer
   */
  public Optional<String> headObstacle(String layerName) {
    return new Head(network)
        .bypass(grid(layerName).name(), place(layerName))
        .map(why -> "layer '%s' has no head of its own: %s".formatted(layerName, why));
  }

  /**
   * Writes the part of the network behind a layer, which takes the layer's maps N × K × h × w,
   * however the model holds them, to the logits. The head of the image input is the whole network.
   *
   * @throws GraphException if there is no such layer, or something bypasses it; what {@link
   *     #headObstacle} says
   */
  public InferenceGraph head(String layerName) {
    headObstacle(layerName)
        .ifPresent(
            why -> {
              throw new GraphException(why);
            });
    return new InferenceGraphWriter(model, network, grid(layerName), place(layerName)).write();
  }

  /**
   * What of the network can compute with bytes: all before its last map, or all of it where no
   * layer can be explained.
   *
   * @throws GraphException if there is nothing, or if the model's operator set is too old for it
   */
  public Quantization quantization() {
    return new Quantization(model, network, defaultLayer);
  }

  /** Writes the network as it is, from images to logits, for any number of frames. */
  public InferenceGraph inference() {
    return head(input().name());
  }

  /**
   * The layers that a decoder takes which mirrors the network up to a layer: the layer itself, and
   * at every finer resolution on the way to it the last tensor that all must pass through, after
   * its activation; where nothing is passed by all, the last of that resolution. Ordered from the
   * layer to the finest. The images themselves, padded or normalised, are none, and convolutions
   * that only shave off an edge do not make another resolution: the next has at least 16/9 times as
   * many cells.
   *
   * <p>Whether a layer can be explained does not matter here.
   *
   * @throws GraphException if there is no such layer, or for the image input
   */
  public List<Layer> skips(String layerName) {
    notTheInput(grid(layerName).name());
    return Skips.of(network, places, layerName).stream().map(this::grid).toList();
  }

  /**
   * Writes the part of the network that leads to some layers, for any number of images.
   *
   * @param layerNames different layers in any order; they need not be ones that can be explained
   * @throws GraphException if there is no such layer, if one is the image input or named twice, or
   *     if there are none
   */
  public FeatureGraph features(List<String> layerNames) {
    if (layerNames.isEmpty()) {
      throw new GraphException("no layer is named");
    }
    List<Layer> wanted = new ArrayList<>();
    for (String name : layerNames) {
      Layer layer = grid(name);
      notTheInput(name);
      if (wanted.contains(layer)) {
        throw new GraphException("layer '" + name + "' is named twice");
      }
      wanted.add(layer);
    }
    return new FeatureGraphWriter(model, network, wanted, this::place).write();
  }

  private void notTheInput(String layer) {
    if (layer.equals(network.input().name())) {
      throw new GraphException("'" + layer + "' is the input itself");
    }
  }

  /** How the model holds a grid of feature maps. */
  Place place(String name) {
    return name.equals(input().name())
        ? Place.of(Place.Order.MAPS, network.shapes().shape(name))
        : places.of(name).orElseThrow();
  }

  /**
   * Writes the graph that tells what the layer's centre cell sees: a classifier of one class, whose
   * logit is Σ_k A_k at row ⌊h/2⌋ and column ⌊w/2⌋ of the layer, explained at the image input. Its
   * gradient is R × channels × height × width; averaged over images as magnitudes it is the
   * effective receptive field (Luo et al. 2016; Kim et al. 2020, §4.1).
   *
   * @throws GraphException as {@link #layer}; also if an operator before the layer cannot be
   *     differentiated, or for the image input, whose cells see themselves
   */
  public ExplainedGraph explainCentre(String layerName) {
    Layer layer = layer(layerName);
    notTheInput(layerName);
    Layer image = Objects.requireNonNull(maps.get(network.input().name()));
    Network centre = CentreCell.score(network, layer.name(), places.of(layer.name()).orElseThrow());
    return new ExplainedGraph(
        new ExplainedGraphWriter(model, centre, image, Optional.empty(), ReluRule.PLAIN, null)
            .write(),
        image,
        input(),
        centre.classes());
  }

  /**
   * True if behind the layer there is nothing but global average pooling and one linear layer, as
   * CAM needs.
   *
   * @throws GraphException as {@link #layer}
   */
  public boolean poolingAndLinear(String layerName) {
    return new Head(network).poolingAndLinear(layer(layerName).name());
  }

  /**
   * What one cell of the layer sees.
   *
   * @throws GraphException as {@link #layer}
   */
  public ReceptiveField receptiveField(String layerName) {
    return ReceptiveField.of(network, layer(layerName));
  }

  private static Layer layerOf(String tensor, Place place, String operator) {
    return new Layer(tensor, operator, place.channels(), place.height(), place.width());
  }
}
