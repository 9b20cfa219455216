package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Walks a network from the logits back, rule by rule. */
final class Differentiation {
  private final Network network;
  private final ReluRule kinks;
  private final Map<String, Rule> rules;
  private final Map<String, String> smooth;

  Differentiation(Network network, ReluRule kinks) {
    this.network = network;
    this.kinks = kinks;
    this.rules = Rules.of(kinks);
    this.smooth = kinks == ReluRule.PLAIN ? Map.of() : SmoothActivations.of(network);
  }

  /**
   * Writes the gradient of the seeded logits with respect to a tensor.
   *
   * @return the name of the gradient's tensor
   * @throws GraphException if the tensor has no influence on the logits, or a node between them has
   *     no rule
   */
  String gradient(Backward backward, String seed, String tensor) {
    Set<String> dependents = network.dependents(tensor);
    Map<String, List<String>> parts = new HashMap<>();
    parts.put(network.logits(), List.of(seed));
    List<Node> nodes = network.carryingNodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      boolean between = node.inputs().stream().anyMatch(dependents::contains);
      if (!between || node.outputs().stream().noneMatch(parts::containsKey)) {
        continue;
      }
      backward.at(node);
      String g = total(backward, node, parts);
      for (int input = 0; input < node.inputs().size(); input++) {
        String name = node.inputs().get(input);
        if (dependents.contains(name)) {
          String part = apply(backward, node, input, g);
          parts.computeIfAbsent(name, unused -> new ArrayList<>()).add(part);
        }
      }
    }
    List<String> whole = parts.get(tensor);
    if (whole == null) {
      throw new GraphException("tensor '" + tensor + "' has no influence on the logits");
    }
    return sum(backward, whole);
  }

  private String total(Backward backward, Node node, Map<String, List<String>> parts) {
    for (String output : node.outputs().subList(1, node.outputs().size())) {
      if (parts.containsKey(output)) {
        throw new GraphException(secondOutput(node, output));
      }
    }
    return sum(backward, parts.getOrDefault(node.output(), List.of()));
  }

  private static String secondOutput(Node node, String output) {
    return node + " has another output than its first in use, '" + output + "'";
  }

  private static String sum(Backward backward, List<String> parts) {
    return parts.size() == 1 ? parts.get(0) : backward.node("Sum", parts);
  }

  private String apply(Backward backward, Node node, int input, String g) {
    String activation = smooth.get(node.output());
    if (activation != null) {
      throw new GraphException(
          "%s is a smooth activation (%s), and %s is a rule for the kink of ReLUs"
              .formatted(node, activation, kinks.inWords()));
    }
    Rule rule = node.standard() ? rules.get(node.operator()) : null;
    if (rule == null) {
      throw new GraphException(node + " has an operator without a rule of differentiation");
    }
    try {
      return rule.gradient(backward, node, input, g);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new GraphException(node + " has attributes that do not fit its inputs", e);
    }
  }

  /**
   * What keeps each tensor from being differentiated to; a tensor that is absent here can be. Found
   * by trying every rule on every node, as a rule may depend on how a node uses its operator.
   */
  Map<String, String> obstacles() {
    Map<String, String> obstacles = new HashMap<>();
    Backward trial = new Backward(network, "rows", "classes");
    Set<String> dynamic = network.dependents(network.input().name());
    Set<String> used = new HashSet<>();
    network.nodes().forEach(node -> used.addAll(node.inputs()));
    List<Node> nodes = network.carryingNodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      for (String output : node.outputs().subList(1, node.outputs().size())) {
        if (used.contains(output)) {
          obstacles.put(output, secondOutput(node, output));
        }
      }
      for (int input = 0; input < node.inputs().size(); input++) {
        String name = node.inputs().get(input);
        if (dynamic.contains(name)) {
          obstacle(trial, node, input, obstacles)
              .ifPresent(why -> obstacles.putIfAbsent(name, why));
        }
      }
    }
    return obstacles;
  }

  private Optional<String> obstacle(
      Backward trial, Node node, int input, Map<String, String> obstacles) {
    for (String output : node.outputs()) {
      if (obstacles.containsKey(output)) {
        return Optional.of(obstacles.get(output));
      }
    }
    try {
      trial.at(node);
      String unused = apply(trial, node, input, "g");
      return Optional.empty();
    } catch (GraphException e) {
      return Optional.of(e.getMessage());
    }
  }
}
