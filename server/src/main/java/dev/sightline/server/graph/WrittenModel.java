package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What every graph that is written of a model has in common: names that it promises, the constants
 * that its nodes read, and the operator sets and functions of the model.
 */
final class WrittenModel {
  private static final int OLDEST_IR = 8;

  private final ModelProto model;
  private final Network network;
  private final GraphBuilder graph;

  /**
   * Starts an empty graph.
   *
   * @param model the model that the network was read from
   * @param network the network under the names of the written graph
   */
  WrittenModel(ModelProto model, Network network) {
    this.model = model;
    this.network = network;
    this.graph =
        new GraphBuilder(model.getGraph().getName())
            .opset(network.opset())
            .irVersion(Math.max(OLDEST_IR, Math.toIntExact(model.getIrVersion())));
  }

  /** New names for tensors of a network that have taken names which a written graph promises. */
  static Map<String, String> yielding(Network network, Set<String> promised) {
    Set<String> taken = new HashSet<>(network.constants().keySet());
    network.nodes().forEach(node -> taken.addAll(node.outputs()));
    taken.add(network.input().name());
    Map<String, String> names = new HashMap<>();
    for (String name : promised) {
      if (taken.contains(name)) {
        String other = name + "/model";
        while (taken.contains(other)) {
          other += "/model";
        }
        names.put(name, other);
      }
    }
    return names;
  }

  /** Adds a float input of one row a frame. */
  WrittenModel input(String name, long... dims) {
    graph.input(name, dims);
    return this;
  }

  /** Adds an int64 vector as an input. */
  WrittenModel indices(String name, String length) {
    graph.input(name, DataType.INT64, length);
    return this;
  }

  /**
   * Adds nodes and the constants that they read.
   *
   * @param more constants beside the network's, by name
   */
  WrittenModel nodes(List<Node> nodes, Map<String, Consumer<GraphBuilder>> more) {
    Set<String> read = new HashSet<>();
    nodes.forEach(node -> read.addAll(node.inputs()));
    read.stream()
        .sorted()
        .forEach(
            name -> {
              if (network.constants().containsKey(name)) {
                graph.initializer(network.constants().get(name).proto());
              } else if (more.containsKey(name)) {
                more.get(name).accept(graph);
              }
            });
    nodes.forEach(node -> graph.node(node.proto()));
    return this;
  }

  /** Adds an output of one row a frame, or of another name's length. */
  WrittenModel output(String name, DataType type, String length, long... dims) {
    graph.output(name, type, length, dims);
    return this;
  }

  ModelProto build() {
    ModelProto.Builder built = graph.build().toBuilder();
    network
        .opsets()
        .forEach(
            (domain, version) -> {
              if (!domain.isEmpty()) {
                built.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version));
              }
            });
    return built.addAllFunctions(model.getFunctionsList()).build();
  }
}
