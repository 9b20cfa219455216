package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Nodes and constants that are written beside those of a network, under names of their own.
 *
 * <p>Constants are kept as recipes until the graph is written, so that writing nodes only to see
 * whether they can be written costs nothing.
 */
final class AddedNodes {
  private final Network network;
  private final List<NodeProto> nodes = new ArrayList<>();
  private final Map<String, Consumer<GraphBuilder>> constants = new LinkedHashMap<>();
  private final Set<String> names = new HashSet<>();
  private final String prefix;

  /**
   * Starts with none.
   *
   * @param prefix what all names begin with, ending in a slash; changed if a name of the network
   *     begins so
   */
  AddedNodes(Network network, String prefix) {
    this.network = network;
    for (Node node : network.nodes()) {
      names.add(node.name());
      names.addAll(node.outputs());
    }
    names.addAll(network.constants().keySet());
    String free = prefix;
    while (anyStartsWith(free)) {
      free = "_" + free;
    }
    this.prefix = free;
  }

  private boolean anyStartsWith(String start) {
    return names.stream().anyMatch(name -> name.startsWith(start));
  }

  /** What every name begins with, and none of the network's. */
  String prefix() {
    return prefix;
  }

  /** Writes a node and names its outputs after a place and the operator. */
  List<String> node(
      String place,
      String operator,
      List<String> inputs,
      int outputs,
      AttributeProto... attributes) {
    List<String> named = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      named.add(fresh(prefix + place + "/" + operator));
    }
    nodes.add(
        NodeProto.newBuilder()
            .setName(named.get(0))
            .setOpType(operator)
            .addAllInput(inputs)
            .addAllOutput(named)
            .addAllAttribute(Arrays.asList(attributes))
            .build());
    return named;
  }

  private String fresh(String wanted) {
    String name = wanted;
    for (int i = 2; !names.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  /** A constant vector of integers. */
  String integers(long... values) {
    String name = prefix + Arrays.toString(values).replace(" ", "");
    constants.put(name, graph -> graph.initializer(name, values, values.length));
    return name;
  }

  /** A constant integer. */
  String integer(long value) {
    String name = prefix + value;
    constants.put(name, graph -> graph.initializer(name, new long[] {value}));
    return name;
  }

  /** A constant number. */
  String real(float value) {
    String name = prefix + value;
    constants.put(name, graph -> graph.initializer(name, new float[] {value}));
    return name;
  }

  /** A constant tensor, computed only if it is needed; one name stands for one value. */
  String reals(String name, Supplier<float[]> values, long... dims) {
    String full = prefix + name;
    constants.put(full, graph -> graph.initializer(full, values.get(), dims));
    return full;
  }

  /**
   * Brings a grid of feature maps from the order in which it is held to N × K × h × w.
   *
   * @return the name of the maps, which is the tensor's own where it has that order already
   */
  String maps(String at, String tensor, Place place) {
    return maps(at, tensor, place, false);
  }

  /**
   * The same by an Einsum in place of a Transpose. ONNX Runtime moves transposes about, and where
   * it finds one more it may rewrite the normalisation before it, which then rounds otherwise.
   */
  String mapsApart(String at, String tensor, Place place) {
    // Einsum came with set 12.
    return maps(at, tensor, place, network.opset() >= 12);
  }

  private String maps(String at, String tensor, Place place, boolean apart) {
    Shape maps = place.in(Place.Order.MAPS).shape();
    long[] target = maps.dims().stream().mapToLong(Long::longValue).toArray();
    return switch (place.order()) {
      case MAPS -> tensor;
      case CHANNELS_LAST ->
          apart
              ? one(at, "Einsum", List.of(tensor), Attributes.text("equation", "nhwk->nkhw"))
              : one(at, "Transpose", List.of(tensor), Attributes.integers("perm", 0, 3, 1, 2));
      case ROWS_JOINED -> one(at, "Reshape", List.of(tensor, integers(target)));
      case TOKENS -> {
        long from = place.skipped();
        long to = from + (long) place.height() * place.width();
        String placed =
            from == 0
                ? tensor
                : one(
                    at,
                    "Slice",
                    List.of(tensor, integers(from), integers(to), integers(1), integers(1)));
        String turned =
            apart
                ? one(at, "Einsum", List.of(placed), Attributes.text("equation", "ntk->nkt"))
                : one(at, "Transpose", List.of(placed), Attributes.integers("perm", 0, 2, 1));
        yield one(at, "Reshape", List.of(turned, integers(target)));
      }
    };
  }

  private String one(
      String at, String operator, List<String> inputs, AttributeProto... attributes) {
    return node(at, operator, inputs, 1, attributes).get(0);
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  /** Recipes of the constants, by name. */
  Map<String, Consumer<GraphBuilder>> constants() {
    return constants;
  }
}
