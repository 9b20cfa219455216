package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Writes a Split as one Slice a part, so that each has one output. */
final class SplitSlices {
  private final Map<String, Constant> constants;
  private final Consumer<TensorProto> added;

  /**
   * Looks lengths up among constants and hands new ones to the given consumer.
   *
   * @param constants as known so far
   */
  SplitSlices(Map<String, Constant> constants, Consumer<TensorProto> added) {
    this.constants = constants;
    this.added = added;
  }

  /** The nodes that stand for a node: itself, or the slices that a Split is. */
  List<Node> of(Node node) {
    Optional<List<Long>> lengths =
        node.operator().equals("Split") ? lengths(node) : Optional.empty();
    if (lengths.isEmpty()) {
      return List.of(node);
    }
    return slices(node, lengths.get());
  }

  /** True for a Split into parts as long as each other, whose lengths it does not state. */
  static boolean even(Node node) {
    return node.standard()
        && node.operator().equals("Split")
        && !node.has(1)
        && node.attribute("split").isEmpty();
  }

  /** The slices that an even Split of a tensor is; the last part may be shorter. */
  List<Node> even(Node node, Shape shape) {
    long whole = shape.dim(Shape.axis(node.integer("axis", 0), shape.rank()));
    long parts = node.integer("num_outputs", node.outputs().size());
    long most = -Math.floorDiv(-whole, parts);
    return slices(
        node,
        LongStream.range(0, parts).mapToObj(part -> Math.min(most, whole - part * most)).toList());
  }

  private List<Node> slices(Node node, List<Long> lengths) {
    if (lengths.size() != node.outputs().size()) {
      throw new GraphException(node + " has not as many outputs as parts");
    }
    List<Node> slices = new ArrayList<>();
    long start = 0;
    String axis = integer(node.outputs().get(0) + "/axis", node.integer("axis", 0));
    for (int i = 0; i < node.outputs().size(); i++) {
      String output = node.outputs().get(i);
      long end = start + lengths.get(i);
      if (!output.isEmpty()) {
        slices.add(
            new Node(
                NodeProto.newBuilder()
                    .setName(output)
                    .setOpType("Slice")
                    .addInput(node.input(0))
                    .addInput(integer(output + "/start", start))
                    .addInput(integer(output + "/end", end))
                    .addInput(axis)
                    .addOutput(output)
                    .build()));
      }
      start = end;
    }
    return slices;
  }

  private Optional<List<Long>> lengths(Node node) {
    Optional<List<Long>> stated = node.integers("split");
    if (stated.isPresent() || !node.has(1) || !constants.containsKey(node.input(1))) {
      return stated;
    }
    Constant lengths = Objects.requireNonNull(constants.get(node.input(1)));
    return Optional.of(LongStream.of(lengths.integers()).boxed().toList());
  }

  private String integer(String name, long value) {
    added.accept(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(DataType.INT64.getNumber())
            .addDims(1)
            .addInt64Data(value)
            .build());
    return name;
  }
}
