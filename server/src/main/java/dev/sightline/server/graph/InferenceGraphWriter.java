package dev.sightline.server.graph;

import static dev.sightline.server.graph.InferenceGraph.INPUT;
import static dev.sightline.server.graph.InferenceGraph.LOGITS;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Writes the part of a network behind a layer, or behind the image, which is all of it. Maps come
 * in as N × K × h × w and are brought into the order in which the network holds them.
 */
final class InferenceGraphWriter {
  private final ModelProto model;
  private final Layer layer;
  private final Place place;
  private final String held;
  private final Network network;
  private final Set<String> behind;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Consumer<GraphBuilder>> constants = new LinkedHashMap<>();

  /**
   * Writes what is behind a layer that nothing bypasses.
   *
   * @param model the model that the network was read from
   * @param layer the layer, which may be the image input itself
   * @param place how the model holds the layer's maps, without skipped tokens
   */
  InferenceGraphWriter(ModelProto model, Network network, Layer layer, Place place) {
    this.model = model;
    this.layer = layer;
    this.place = place;
    Map<String, String> names = WrittenModel.yielding(network, Set.of(INPUT, LOGITS));
    names.put(network.logits(), LOGITS);
    if (place.order() == Place.Order.MAPS) {
      names.put(layer.name(), INPUT);
    }
    this.held = names.getOrDefault(layer.name(), layer.name());
    this.network = network.renamed(name -> names.getOrDefault(name, name));
    this.behind = this.network.dependents(held);
  }

  InferenceGraph write() {
    hold();
    for (Node node : network.nodes()) {
      if (!node.outputs().contains(held)) {
        boolean ofFront = node.operator().equals("Shape") && !behind.contains(node.input(0));
        if (ofFront && network.shapes().knowsIntegers(node.output())) {
          knownShape(node);
        } else {
          nodes.add(node);
        }
      }
    }
    ModelProto written =
        new WrittenModel(model, network)
            .input(INPUT, layer.channels(), layer.height(), layer.width())
            .nodes(Network.needed(nodes, Set.of(LOGITS)), constants)
            .output(LOGITS, DataType.FLOAT, GraphBuilder.BATCH, network.classes())
            .build();
    return new InferenceGraph(
        written, layer.channels(), layer.height(), layer.width(), network.classes());
  }

  /** Brings the input into the order in which the network holds the layer. */
  private void hold() {
    String joined = held + "/joined";
    long[] cells = {0, layer.channels(), (long) layer.height() * layer.width()};
    switch (place.order()) {
      case MAPS -> {}
      case CHANNELS_LAST ->
          node("Transpose", List.of(INPUT), held, Attributes.integers("perm", 0, 2, 3, 1));
      case ROWS_JOINED -> node("Reshape", List.of(INPUT, integers(held + "/cells", cells)), held);
      case TOKENS -> {
        node("Reshape", List.of(INPUT, integers(held + "/cells", cells)), joined);
        node("Transpose", List.of(joined), held, Attributes.integers("perm", 0, 2, 1));
      }
    }
  }

  /** The shape of a tensor before the layer is known but for the number of frames. */
  private void knownShape(Node shape) {
    String output = shape.output();
    long[] values = network.shapes().integers(output);
    if (LongStream.of(values).noneMatch(value -> value == Shapes.FRAMES)) {
      integers(output, values);
      return;
    }
    String own = output + "/input";
    String frames = output + "/frames";
    node("Shape", List.of(INPUT), own);
    node("Gather", List.of(own, integers(output + "/first", 0)), frames);
    // Nothing but the first length is the number of frames.
    String rest = integers(output + "/rest", Arrays.copyOfRange(values, 1, values.length));
    node("Concat", List.of(frames, rest), output, Attributes.integer("axis", 0));
  }

  private void node(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    nodes.add(
        new Node(
            NodeProto.newBuilder()
                .setName(output)
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(Arrays.asList(attributes))
                .build()));
  }

  private String integers(String name, long... values) {
    constants.put(name, graph -> graph.initializer(name, values, values.length));
    return name;
  }
}
