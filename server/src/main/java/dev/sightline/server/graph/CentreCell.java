package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cuts a network off at a layer and ends it in one score: the sum of the maps at one cell. */
final class CentreCell {
  private final Network network;
  private final List<Node> nodes;
  private final Map<String, Constant> constants;
  private final Set<String> taken = new HashSet<>();

  private CentreCell(Network network, String layer) {
    this.network = network;
    this.nodes = new ArrayList<>(Network.needed(network.nodes(), Set.of(layer)));
    this.constants = new HashMap<>(network.constants());
    taken.addAll(constants.keySet());
    taken.add(network.input().name());
    network.nodes().forEach(node -> taken.addAll(node.outputs()));
  }

  /**
   * The network whose logits are N × 1: Σ_k A_k at row ⌊h/2⌋ and column ⌊w/2⌋.
   *
   * @param layer the name of A
   * @param place how A holds its maps
   */
  static Network score(Network network, String layer, Place place) {
    return new CentreCell(network, layer).score(layer, place);
  }

  private Network score(String layer, Place place) {
    long row = place.height() / 2;
    long column = place.width() / 2;
    long cell = row * place.width() + column;
    String centre =
        switch (place.order()) {
          case MAPS -> cut(layer, new long[] {row, column}, new long[] {2, 3});
          case CHANNELS_LAST -> cut(layer, new long[] {row, column}, new long[] {1, 2});
          case ROWS_JOINED -> cut(layer, new long[] {cell}, new long[] {2});
          case TOKENS -> cut(layer, new long[] {place.skipped() + cell}, new long[] {1});
        };
    String channels = node("Flatten", List.of(centre), Attributes.integer("axis", 1));
    String score = node("MatMul", List.of(channels, ones(place.channels())));
    Map<String, Shape> known = new HashMap<>();
    for (Node node : nodes) {
      for (String output : node.outputs()) {
        if (network.shapes().knows(output)) {
          known.put(output, network.shapes().shape(output));
        }
      }
    }
    return new Network(
        List.copyOf(nodes),
        Map.copyOf(constants),
        network.input(),
        score,
        Shapes.infer(nodes, constants, network.input(), Shape.BATCH, known),
        network.opsets());
  }

  private String cut(String tensor, long[] from, long[] axes) {
    long[] to = new long[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i] = from[i] + 1;
    }
    return node("Slice", List.of(tensor, integers(from), integers(to), integers(axes)));
  }

  private String integers(long... values) {
    TensorProto.Builder tensor =
        tensor(DataType.INT64, values.length).setName(fresh("centre/integers"));
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    return constant(tensor);
  }

  private String ones(int count) {
    return constant(
        tensor(DataType.FLOAT, count, 1)
            .setName(fresh("centre/ones"))
            .addAllFloatData(Collections.nCopies(count, 1f)));
  }

  private static TensorProto.Builder tensor(DataType type, long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(type.getNumber());
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor;
  }

  private String constant(TensorProto.Builder tensor) {
    constants.put(tensor.getName(), new Constant(tensor.build()));
    return tensor.getName();
  }

  private String node(String operator, List<String> inputs, AttributeProto... attributes) {
    String output = fresh("centre/" + operator);
    nodes.add(
        new Node(
            NodeProto.newBuilder()
                .setName(output)
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes))
                .build()));
    return output;
  }

  private String fresh(String wanted) {
    String name = wanted;
    for (int i = 2; !taken.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }
}
