package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a graph that explains a layer is made of.
 *
 * @param opset the version of ONNX's own operator set
 * @param bytes its size as a file
 * @param forward what logits, activation and, if there is one, the reconstruction need
 * @param backward what only the choice of classes and the gradient need
 * @param outsideTensorRt the operators of nodes that TensorRT's parser does not take, in the order
 *     of their names; see {@code TensorRtOperators} for its version
 */
public record GraphReport(
    long opset, long bytes, Part forward, Part backward, List<String> outsideTensorRt) {

  /**
   * A part of a graph.
   *
   * @param operators how many nodes it has of each operator, in the order of their names
   * @param constantBytes the size of its constants; those of both parts are the forward pass's
   */
  public record Part(Map<String, Integer> operators, long constantBytes) {
    /** The number of its nodes. */
    public int nodes() {
      return operators.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  static GraphReport of(ExplainedGraph explained) {
    GraphProto graph = explained.model().getGraph();
    List<Node> nodes = graph.getNodeList().stream().map(Node::new).toList();
    Map<String, Constant> constants = new HashMap<>();
    graph
        .getInitializerList()
        .forEach(tensor -> constants.put(tensor.getName(), new Constant(tensor)));
    List<Node> forward =
        Network.needed(
            nodes,
            Set.of(
                ExplainedGraph.LOGITS, ExplainedGraph.ACTIVATION, ExpansionNetwork.RECONSTRUCTION));
    List<Node> backward = new ArrayList<>(nodes);
    backward.removeAll(forward);
    Set<String> counted = new HashSet<>();
    Set<String> outside = new TreeSet<>();
    nodes.stream()
        .filter(node -> !TensorRtOperators.take(node, constants))
        .forEach(node -> outside.add(name(node)));
    return new GraphReport(
        explained.model().getOpsetImportList().stream()
            .filter(opset -> opset.getDomain().isEmpty())
            .mapToLong(opset -> opset.getVersion())
            .findFirst()
            .orElse(0),
        explained.model().getSerializedSize(),
        part(forward, constants, counted),
        part(backward, constants, counted),
        List.copyOf(outside));
  }

  private static Part part(List<Node> nodes, Map<String, Constant> constants, Set<String> counted) {
    Map<String, Integer> operators = new TreeMap<>();
    long bytes = 0;
    for (Node node : nodes) {
      operators.merge(name(node), 1, Integer::sum);
      for (String input : node.inputs()) {
        Constant constant = constants.get(input);
        if (constant != null && counted.add(input)) {
          bytes += constant.proto().getSerializedSize();
        }
      }
    }
    return new Part(operators, bytes);
  }

  private static String name(Node node) {
    return node.standard() ? node.operator() : node.proto().getDomain() + "." + node.operator();
  }
}
