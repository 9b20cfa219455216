package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What every written graph must keep to, whatever network it was made from. */
final class Structure {
  private Structure() {}

  static void check(ExplainedGraph graph) {
    check(
        graph.model(),
        List.of("input", "frame", "class"),
        graph.atInput()
            ? List.of("logits", "chosen", "gradient")
            : List.of("logits", "chosen", "activation", "gradient"));
  }

  static void check(InferenceGraph graph) {
    check(graph.model(), List.of("input"), List.of("logits"));
  }

  private static void check(
      ModelProto model, List<String> promisedInputs, List<String> promisedOutputs) {
    GraphProto graph = model.getGraph();
    Set<String> defined = new HashSet<>();
    List<String> inputs = graph.getInputList().stream().map(ValueInfoProto::getName).toList();
    assertThat(inputs).isEqualTo(promisedInputs);
    defined.addAll(inputs);
    Set<Object> contents = new HashSet<>();
    for (TensorProto constant : graph.getInitializerList()) {
      assertThat(defined.add(constant.getName())).as(constant.getName()).isTrue();
      if (constant.getName().startsWith("backward/")) {
        assertThat(contents.add(constant.toBuilder().clearName().build()))
            .as("'%s' is the only constant of its content", constant.getName())
            .isTrue();
      }
    }
    Set<String> read = new HashSet<>();
    Set<String> nodes = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      assertThat(node.getName().isEmpty() || nodes.add(node.getName()))
          .as("name of node '%s' is its own", node.getName())
          .isTrue();
      for (String input : node.getInputList()) {
        assertThat(input.isEmpty() || defined.contains(input))
            .as("'%s' is defined before %s takes it", input, node.getName())
            .isTrue();
        read.add(input);
      }
      for (String output : node.getOutputList()) {
        assertThat(output.isEmpty() || defined.add(output)).as(output).isTrue();
      }
    }
    List<String> outputs = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    assertThat(outputs).isEqualTo(promisedOutputs);
    read.addAll(outputs);
    assertThat(defined).containsAll(outputs);
    for (TensorProto constant : graph.getInitializerList()) {
      assertThat(read).as("constant is in use").contains(constant.getName());
    }
    for (NodeProto node : graph.getNodeList()) {
      assertThat(node.getOutputList()).as("node is in use").anyMatch(read::contains);
    }
  }
}
