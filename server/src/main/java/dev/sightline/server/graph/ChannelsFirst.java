package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Gives a model whose images are N × H × W × channels, as TensorFlow has them and its exporters
 * keep them, an input N × channels × H × W under the same name.
 *
 * <p>Such a model turns its images itself, mostly at once: where it does, nothing is left of it.
 */
final class ChannelsFirst {
  private static final List<Long> TO_MAPS = List.of(0L, 3L, 1L, 2L);
  private static final long MOST_CHANNELS = 4;

  private ChannelsFirst() {}

  /** The model, changed only if its channels are last. */
  static ModelProto of(ModelProto model) {
    GraphProto graph = model.getGraph();
    Set<String> constants = new HashSet<>();
    graph.getInitializerList().stream().map(TensorProto::getName).forEach(constants::add);
    List<ValueInfoProto> inputs =
        graph.getInputList().stream()
            .filter(input -> !constants.contains(input.getName()) && channelsLast(input))
            .toList();
    if (inputs.size() != 1) {
      return model;
    }
    ValueInfoProto input = inputs.get(0);
    GraphProto.Builder turned = graph.toBuilder().clearNode();
    turned.setInput(graph.getInputList().indexOf(input), turned(input));
    String images = input.getName();
    Set<String> maps = new HashSet<>();
    String last = images + "/channels-last";
    if (graph.getNodeList().stream()
        .anyMatch(node -> node.getInputList().contains(images) && !turnsToMaps(node))) {
      turned.addNode(
          NodeProto.newBuilder()
              .setName(last)
              .setOpType("Transpose")
              .addInput(images)
              .addOutput(last)
              .addAttribute(Attributes.integers("perm", 0, 2, 3, 1)));
    }
    for (NodeProto node : graph.getNodeList()) {
      if (node.getInputList().contains(images) && turnsToMaps(node)) {
        maps.add(node.getOutput(0));
        continue;
      }
      turned.addNode(
          new Node(node)
              .renamed(name -> name.equals(images) ? last : maps.contains(name) ? images : name)
              .proto());
    }
    return model.toBuilder().setGraph(turned).build();
  }

  private static boolean channelsLast(ValueInfoProto input) {
    List<Dimension> dims = dims(input);
    return dims.size() == 4
        && dims.get(1).getDimValue() > MOST_CHANNELS
        && dims.get(3).getDimValue() >= 1
        && dims.get(3).getDimValue() <= MOST_CHANNELS;
  }

  private static boolean turnsToMaps(NodeProto node) {
    return node.getOpType().equals("Transpose")
        && new Node(node).integers("perm").filter(TO_MAPS::equals).isPresent();
  }

  private static List<Dimension> dims(ValueInfoProto value) {
    return value.getType().getTensorType().getShape().getDimList();
  }

  private static ValueInfoProto turned(ValueInfoProto input) {
    List<Dimension> dims = dims(input);
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    TO_MAPS.forEach(axis -> shape.addDim(dims.get(axis.intValue())));
    ValueInfoProto.Builder turned = input.toBuilder();
    turned.getTypeBuilder().getTensorTypeBuilder().setShape(shape);
    return turned.build();
  }
}
