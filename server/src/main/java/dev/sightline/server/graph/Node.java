package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One node of a graph, with typed access to its attributes. */
record Node(NodeProto proto) {
  /** The node's own name, or its first output's where it has none. */
  String name() {
    return proto.getName().isEmpty() ? proto.getOutput(0) : proto.getName();
  }

  String operator() {
    return proto.getOpType();
  }

  /** True for operators of ONNX's own set, the only ones whose meaning is known here. */
  boolean standard() {
    return proto.getDomain().isEmpty() || proto.getDomain().equals("ai.onnx");
  }

  List<String> inputs() {
    return proto.getInputList();
  }

  /** True if the optional input is given. */
  boolean has(int input) {
    return input < proto.getInputCount() && !proto.getInput(input).isEmpty();
  }

  String input(int index) {
    if (!has(index)) {
      throw new GraphException(this + " lacks its input " + index);
    }
    return proto.getInput(index);
  }

  List<String> outputs() {
    return proto.getOutputList();
  }

  String output() {
    return proto.getOutput(0);
  }

  Optional<AttributeProto> attribute(String name) {
    return proto.getAttributeList().stream().filter(a -> a.getName().equals(name)).findFirst();
  }

  long integer(String name, long otherwise) {
    return attribute(name).map(AttributeProto::getI).orElse(otherwise);
  }

  float real(String name, float otherwise) {
    return attribute(name).map(AttributeProto::getF).orElse(otherwise);
  }

  String text(String name, String otherwise) {
    return attribute(name).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
  }

  Optional<List<Long>> integers(String name) {
    return attribute(name).map(AttributeProto::getIntsList);
  }

  Node renamed(UnaryOperator<String> names) {
    NodeProto.Builder renamed = proto.toBuilder().clearInput().clearOutput();
    proto.getInputList().forEach(input -> renamed.addInput(names.apply(input)));
    proto.getOutputList().forEach(output -> renamed.addOutput(names.apply(output)));
    return new Node(renamed.build());
  }

  @Override
  public String toString() {
    return "node '" + name() + "' (" + operator() + ")";
  }
}
