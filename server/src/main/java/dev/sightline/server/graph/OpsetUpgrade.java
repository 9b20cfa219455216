package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings the nodes of operator sets 7 to 10 to set 11, the oldest that has what the backward pass
 * is written in. Between them, classifiers meet one kind of change only: attributes became inputs.
 */
final class OpsetUpgrade {
  static final int OLDEST = 7;
  static final int TARGET = 11;

  /** Operators whose meaning changed otherwise, or that ended. */
  private static final Set<String> CHANGED =
      Set.of("Upsample", "Resize", "TopK", "Scan", "Scatter");

  private final Consumer<TensorProto> constants;

  /** Hands new constants to the given consumer. */
  OpsetUpgrade(Consumer<TensorProto> constants) {
    this.constants = constants;
  }

  Node upgrade(Node node) {
    if (!node.standard()) {
      return node;
    }
    if (CHANGED.contains(node.operator())) {
      throw new GraphException(
          node
              + " has changed since operator set "
              + TARGET
              + "; export the model with a newer one");
    }
    return switch (node.operator()) {
      case "Clip" ->
          withInputs(
              node,
              Set.of("min", "max"),
              List.of(
                  floats(node, "min", node.real("min", -Float.MAX_VALUE)),
                  floats(node, "max", node.real("max", Float.MAX_VALUE))));
      case "Pad" ->
          withInputs(
              node,
              Set.of("pads", "value"),
              List.of(integers(node, "pads"), floats(node, "value", node.real("value", 0))));
      case "Slice" -> slice(node);
      case "BatchNormalization" -> withInputs(node, Set.of("spatial"), List.of());
      default -> node;
    };
  }

  private Node slice(Node node) {
    if (node.attribute("starts").isEmpty()) {
      return node;
    }
    List<String> inputs =
        new ArrayList<>(List.of(integers(node, "starts"), integers(node, "ends")));
    if (node.attribute("axes").isPresent()) {
      inputs.add(integers(node, "axes"));
    }
    return withInputs(node, Set.of("starts", "ends", "axes"), inputs);
  }

  private static Node withInputs(Node node, Set<String> attributes, List<String> inputs) {
    List<AttributeProto> kept =
        node.proto().getAttributeList().stream()
            .filter(attribute -> !attributes.contains(attribute.getName()))
            .toList();
    NodeProto.Builder upgraded = node.proto().toBuilder().clearAttribute().addAllAttribute(kept);
    return new Node(upgraded.addAllInput(inputs).build());
  }

  private String floats(Node node, String attribute, float value) {
    return constant(
        TensorProto.newBuilder()
            .setName(node.output() + "/" + attribute)
            .setDataType(DataType.FLOAT.getNumber())
            .addFloatData(value));
  }

  private String integers(Node node, String attribute) {
    List<Long> values = node.integers(attribute).orElse(List.of());
    return constant(
        TensorProto.newBuilder()
            .setName(node.output() + "/" + attribute)
            .setDataType(DataType.INT64.getNumber())
            .addDims(values.size())
            .addAllInt64Data(values));
  }

  private String constant(TensorProto.Builder tensor) {
    constants.accept(tensor.build());
    return tensor.getName();
  }
}
