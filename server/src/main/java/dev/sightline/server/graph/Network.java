package dev.sightline.server.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The part of a model that leads from its image input to its logits.
 *
 * @param nodes in topological order, every one of them needed for the logits
 * @param constants by name
 * @param input the image input
 * @param logits name of the float tensor N × classes
 * @param shapes of the tensors
 * @param opsets the operator sets, domain to version; ONNX's own is the empty domain
 */
record Network(
    List<Node> nodes,
    Map<String, Constant> constants,
    ImageInput input,
    String logits,
    Shapes shapes,
    Map<String, Long> opsets) {

  int opset() {
    return Math.toIntExact(opsets.getOrDefault("", 0L));
  }

  int classes() {
    return Math.toIntExact(shapes.shape(logits).dim(1));
  }

  /** The nodes but for those that only compute with shapes, which carry no influence. */
  List<Node> carryingNodes() {
    return nodes.stream().filter(node -> !shapes.knowsIntegers(node.output())).toList();
  }

  /**
   * The nodes that take each tensor, in topological order; not those that only compute with shapes.
   */
  Map<String, List<Node>> consumers() {
    Map<String, List<Node>> consumers = new HashMap<>();
    for (Node node : carryingNodes()) {
      for (String input : new HashSet<>(node.inputs())) {
        consumers.computeIfAbsent(input, unused -> new ArrayList<>()).add(node);
      }
    }
    return consumers;
  }

  /**
   * Tensors of bytes, those that are read as bytes alone (what others see of them is what comes
   * back from there), and the image that comes back from bytes.
   */
  Set<String> onTheWayThroughBytes() {
    Set<String> tensors = new HashSet<>();
    Map<String, List<Node>> consumers = consumers();
    for (Node node : nodes) {
      if (node.operator().equals("QuantizeLinear")) {
        tensors.add(node.output());
        if (consumers.getOrDefault(node.input(0), List.of()).size() == 1) {
          tensors.add(node.input(0));
        }
        if (node.input(0).equals(input.name())) {
          consumers
              .getOrDefault(node.output(), List.of())
              .forEach(back -> tensors.add(back.output()));
        }
      }
    }
    return tensors;
  }

  /** The nodes by what they give. */
  static Map<String, Node> producers(List<Node> nodes) {
    Map<String, Node> producers = new HashMap<>();
    nodes.forEach(node -> node.outputs().forEach(output -> producers.put(output, node)));
    return producers;
  }

  /** The node whose output this one gives as bytes can hold it; any other node itself. */
  static Node beforeBytes(Node node, Map<String, Node> producers) {
    Node before = node;
    for (String operator : List.of("DequantizeLinear", "QuantizeLinear")) {
      if (!before.operator().equals(operator) || !producers.containsKey(before.input(0))) {
        return node;
      }
      before = producers.get(before.input(0));
    }
    return before;
  }

  /** The tensor and all that is computed from it, but for shapes. */
  Set<String> dependents(String tensor) {
    Set<String> dependents = new HashSet<>(Set.of(tensor));
    for (Node node : carryingNodes()) {
      if (node.inputs().stream().anyMatch(dependents::contains)) {
        dependents.addAll(node.outputs());
      }
    }
    return dependents;
  }

  /** Those of the nodes that the wanted tensors need, in the same order. */
  static List<Node> needed(List<Node> nodes, Set<String> wanted) {
    Map<String, Node> producers = producers(nodes);
    Set<Node> needed = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(wanted);
    while (!open.isEmpty()) {
      Node producer = producers.get(open.pop());
      if (producer != null && needed.add(producer)) {
        open.addAll(producer.inputs());
      }
    }
    return nodes.stream().filter(needed::contains).toList();
  }

  /** The same network with its tensors under other names. */
  Network renamed(UnaryOperator<String> names) {
    return new Network(
        nodes.stream().map(node -> node.renamed(names)).toList(),
        constants.values().stream()
            .map(
                constant ->
                    new Constant(
                        constant.proto().toBuilder().setName(names.apply(constant.name())).build()))
            .collect(Collectors.toUnmodifiableMap(Constant::name, constant -> constant)),
        new ImageInput(names.apply(input.name()), input.channels(), input.height(), input.width()),
        names.apply(logits),
        shapes.renamed(names),
        opsets);
  }
}
