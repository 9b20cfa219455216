package dev.sightline.server.graph;

import static dev.sightline.server.graph.ExpansionNetwork.RECONSTRUCTION;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What an expansion network adds to a graph of its classifier: its nodes and constants under names
 * that nothing else there has, reading the classifier's tensors.
 */
final class ExpansionWriter {
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Consumer<GraphBuilder>> constants = new LinkedHashMap<>();

  /**
   * Writes it.
   *
   * @param network the classifier under the names of the written graph
   * @param names a tensor's name in the written graph by that in the model
   */
  ExpansionWriter(ExpansionNetwork expansion, Network network, UnaryOperator<String> names) {
    AddedNodes added = new AddedNodes(network, "features/");
    Map<String, String> taken = new HashMap<>(Map.of("", "", RECONSTRUCTION, RECONSTRUCTION));
    for (Layer layer : expansion.layers()) {
      String held = names.apply(layer.name());
      taken.put(layer.name(), added.mapsApart(held, held, expansion.place(layer.name())));
    }
    added.nodes().forEach(node -> nodes.add(new Node(node)));
    constants.putAll(added.constants());
    String prefix = new AddedNodes(network, "expansion/").prefix();
    for (Node node : expansion.nodes()) {
      NodeProto.Builder own =
          node.renamed(name -> taken.getOrDefault(name, prefix + name)).proto().toBuilder();
      nodes.add(new Node(own.setName(prefix + node.name()).build()));
    }
    for (Constant constant : expansion.constants().values()) {
      String name = prefix + constant.name();
      constants.put(
          name, graph -> graph.initializer(constant.proto().toBuilder().setName(name).build()));
    }
  }

  List<Node> nodes() {
    return nodes;
  }

  /** Recipes of the constants, by name. */
  Map<String, Consumer<GraphBuilder>> constants() {
    return constants;
  }
}
