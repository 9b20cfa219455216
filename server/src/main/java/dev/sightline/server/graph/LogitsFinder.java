package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the logits among a graph's outputs, before any Softmax. */
final class LogitsFinder {
  private static final Set<String> SOFTMAX = Set.of("Softmax", "LogSoftmax");

  private final List<String> names;
  private final List<Node> nodes;
  private final Shapes shapes;

  /**
   * Looks into a graph.
   *
   * @param names of the graph's outputs
   * @param nodes in topological order
   */
  LogitsFinder(List<String> names, List<Node> nodes, Shapes shapes) {
    this.names = names;
    this.nodes = new ArrayList<>(nodes);
    this.shapes = shapes;
  }

  /** The nodes, changed where the search had to. */
  List<Node> nodes() {
    return nodes;
  }

  /**
   * Finds the tensor N × classes before any Softmax, making one where the output is N × classes × 1
   * × 1.
   */
  String find() {
    String given = output();
    Shape shape = shapes.shape(given);
    String output = withoutSoftmax(given);
    if (shape.rank() == 2) {
      return output;
    }
    String flat = output + "/flat";
    nodes.add(
        new Node(
            NodeProto.newBuilder().setOpType("Flatten").addInput(output).addOutput(flat).build()));
    return flat;
  }

  private String output() {
    if (names.contains(ExplainedGraph.LOGITS)) {
      return check(ExplainedGraph.LOGITS);
    }
    List<String> scores = names.stream().filter(this::scores).toList();
    if (scores.size() == 1) {
      return scores.get(0);
    }
    if (names.size() == 1) {
      return check(names.get(0));
    }
    throw new GraphException(
        scores.isEmpty()
            ? "none of the outputs " + names + " has the shape N×classes"
            : "which of the outputs "
                + scores
                + " are the logits? None is named so; choose one by `sightline model add --output`");
  }

  private boolean scores(String output) {
    if (!shapes.knows(output)) {
      return false;
    }
    Shape shape = shapes.shape(output);
    return shape.batched() && shape.rank() >= 2 && shape.elements() == shape.dim(1);
  }

  private String check(String output) {
    if (!scores(output)) {
      throw new GraphException(
          "output '" + output + "' is not of shape N×classes, but " + shapes.shape(output));
    }
    return output;
  }

  /**
   * Takes out a Softmax at the end, also one behind which there is nothing but a change of shape.
   */
  private String withoutSoftmax(String output) {
    String tensor = output;
    while (true) {
      String produced = tensor;
      Optional<Node> producer =
          nodes.stream().filter(node -> node.outputs().contains(produced)).findFirst();
      if (producer.isEmpty() || !producer.get().standard()) {
        return output;
      }
      Node node = producer.get();
      if (SOFTMAX.contains(node.operator())) {
        String scores = node.input(0);
        nodes.replaceAll(
            n -> n.equals(node) ? n : n.renamed(name -> name.equals(produced) ? scores : name));
        return produced.equals(output) ? scores : output;
      }
      if (!Head.RESHAPING.contains(node.operator())) {
        return output;
      }
      tensor = node.input(0);
    }
  }
}
