package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The order in which nodes can be computed, each behind those whose outputs it takes. */
final class TopologicalOrder {
  private TopologicalOrder() {}

  /**
   * Brings nodes into it, the given order kept where it is one.
   *
   * @param known the constants and inputs
   * @throws GraphException if a tensor is defined twice or not at all, or in a circle
   */
  static List<Node> of(List<Node> given, Set<String> known) {
    Set<String> defined = new HashSet<>(known);
    Set<String> promised = new HashSet<>(defined);
    for (Node node : given) {
      for (String output : node.outputs()) {
        if (!output.isEmpty() && !promised.add(output)) {
          throw new GraphException(
              "tensor '" + output + "' is defined twice, the second time by " + node);
        }
      }
    }
    List<Node> sorted = new ArrayList<>();
    List<Node> open = given;
    while (!open.isEmpty()) {
      List<Node> waiting = new ArrayList<>();
      for (Node node : open) {
        Optional<String> missing =
            node.inputs().stream().filter(i -> !i.isEmpty() && !defined.contains(i)).findFirst();
        if (missing.isEmpty()) {
          sorted.add(node);
          defined.addAll(node.outputs());
        } else if (promised.contains(missing.get())) {
          waiting.add(node);
        } else {
          throw new GraphException(
              node
                  + " takes '"
                  + missing.get()
                  + "', which is no input, constant or output of a node");
        }
      }
      if (waiting.size() == open.size()) {
        throw new GraphException("the graph runs in a circle through " + waiting.get(0));
      }
      open = waiting;
    }
    return sorted;
  }
}
