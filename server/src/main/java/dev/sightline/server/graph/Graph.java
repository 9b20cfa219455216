package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
  private final Map<String, String> obstacles;
  private final Layer defaultLayer;

  private Graph(ModelProto model) {
    this.model = ChannelsFirst.of(model);
    this.network = NetworkReader.read(this.model);
    this.places = Places.of(network);
    this.obstacles = new Differentiation(network, Rules.PLAIN).obstacles();
    Map<String, Layer> found = new HashMap<>();
    List<Layer> explainable = new ArrayList<>();
    for (Node node : network.nodes()) {
      for (String output : node.outputs()) {
        Optional<Place> place = places.of(output);
        if (place.isEmpty()) {
          continue;
        }
        Layer layer = layerOf(output, place.get(), node.operator());
        found.put(output, layer);
        if (!obstacles.containsKey(output)) {
          explainable.add(layer);
        }
      }
    }
    String input = network.input().name();
    Shape image = network.shapes().shape(input);
    found.put(input, layerOf(input, Place.of(Place.Order.MAPS, image), "Input"));
    this.maps = Map.copyOf(found);
    this.layers = List.copyOf(explainable);
    if (layers.isEmpty()) {
      throw new GraphException(
          "no layer can be explained: "
              + obstacles.getOrDefault(input, "no tensor is a grid of feature maps"));
    }
    this.defaultLayer =
        new LastMap(network, places).find(layers).orElse(layers.get(layers.size() - 1));
  }

  /**
   * Reads a model from a file.
   *
   * @throws GraphException if it is missing, truncated, not ONNX, or not a classifier that can be
   *     explained
   */
  public static Graph read(Path onnxFile) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(onnxFile))) {
      return of(ModelProto.parseFrom(in));
    } catch (InvalidProtocolBufferException e) {
      throw new GraphException(
          onnxFile + " is truncated or not an ONNX file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new GraphException(onnxFile + " cannot be read: " + e, e);
    } catch (GraphException e) {
      throw new GraphException(onnxFile + ": " + e.getMessage(), e);
    }
  }

  /**
   * Takes a model that is already in memory.
   *
   * @throws GraphException if it is not a classifier that can be explained
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
   */
  public Layer defaultLayer() {
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
    Layer layer = maps.get(name);
    if (layer == null) {
      throw new GraphException(
          "there is no layer '" + name + "'; " + LayerNames.near(name, layers));
    }
    String obstacle = obstacles.get(name);
    if (obstacle != null) {
      throw new GraphException(
          "layer '"
              + name
              + "' cannot be explained: "
              + obstacle
              + "; "
              + LayerNames.near(name, layers));
    }
    return layer;
  }

  /**
   * Writes the graph that explains one layer.
   *
   * @throws GraphException if there is no such layer, or an operator behind it cannot be
   *     differentiated
   */
  public ExplainedGraph explain(String layerName) {
    Layer layer = layer(layerName);
    return new ExplainedGraph(
        new ExplainedGraphWriter(model, network, layer, places.of(layerName)).write(),
        layer,
        input(),
        classes());
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
