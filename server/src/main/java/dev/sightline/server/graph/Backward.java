package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The backward pass as it is written: its nodes and constants, and what its rules may ask of the
 * forward pass.
 *
 * <p>Tensors here have one row per (frame, class), R in all, where the forward pass has one per
 * frame, N. Constants are kept as recipes until the graph is written, so that writing a pass only
 * to see whether it can be written costs nothing.
 */
final class Backward {
  private final Network network;
  private final String chosen;
  private final String frame;
  private final List<NodeProto> nodes = new ArrayList<>();
  private final Map<String, Consumer<GraphBuilder>> constants = new LinkedHashMap<>();
  private final Map<String, String> gathered = new HashMap<>();
  private final Set<String> seeds = new HashSet<>();
  private final Set<String> names = new HashSet<>();
  private final String prefix;
  private String place = "rows";

  /**
   * Starts a pass.
   *
   * @param frame name of the int64 tensor R, row to frame
   * @param chosen name of the int64 tensor R, row to class
   */
  Backward(Network network, String frame, String chosen) {
    this.network = network;
    this.frame = frame;
    this.chosen = chosen;
    for (Node node : network.nodes()) {
      names.add(node.name());
      names.addAll(node.outputs());
    }
    names.addAll(network.constants().keySet());
    String free = "backward/";
    while (anyStartsWith(free)) {
      free = "_" + free;
    }
    prefix = free;
  }

  private boolean anyStartsWith(String start) {
    return names.stream().anyMatch(name -> name.startsWith(start));
  }

  /** Names what is written next after a forward node. */
  void at(Node node) {
    place = node.name();
  }

  /** The shape of a forward tensor. */
  Shape shape(String tensor) {
    return network.shapes().shape(tensor);
  }

  Shapes shapes() {
    return network.shapes();
  }

  int opset() {
    return network.opset();
  }

  int classes() {
    return network.classes();
  }

  /** The float values of an input that must be constant. */
  float[] floats(Node node, int input) {
    return constant(node, input).floats();
  }

  /** An input that must be constant. */
  Constant constant(Node node, int input) {
    Constant constant = network.constants().get(node.input(input));
    if (constant == null) {
      throw new GraphException(
          node + " takes '" + node.input(input) + "', which must be a constant");
    }
    return constant;
  }

  /** Writes a node. */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return node(operator, inputs, 1, attributes).get(0);
  }

  /** Writes a node of several outputs. */
  List<String> node(
      String operator, List<String> inputs, int outputs, AttributeProto... attributes) {
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

  /**
   * A forward tensor as the rows see it: gathered by frame, or as it is where it does not depend on
   * the frames.
   */
  String rows(String tensor) {
    return shape(tensor).batched() ? gather(tensor) : tensor;
  }

  /** Gathers a tensor of one row per frame into one row per (frame, class). */
  String gather(String perFrame) {
    String known = gathered.get(perFrame);
    if (known == null) {
      known = node("Gather", List.of(perFrame, frame), Attributes.integer("axis", 0));
      gathered.put(perFrame, known);
    }
    return known;
  }

  /** The int64 tensor R, row to class. */
  String chosen() {
    return chosen;
  }

  /** Marks a gradient as the one-hot choice of a logit. */
  void seed(String g) {
    seeds.add(g);
  }

  /**
   * True for the one-hot choice of a logit, in whatever shape: a linear operator can look its row
   * of weights up instead of multiplying by zeros.
   */
  boolean isSeed(String g) {
    return seeds.contains(g);
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
   * The indices of each row of integers as vectors with a one among {@code depth} zeros, along a
   * new last axis.
   */
  String oneHot(String indices, long depth) {
    String values = prefix + "off,on";
    constants.put(values, graph -> graph.initializer(values, new float[] {0, 1}, 2));
    return node("OneHot", List.of(indices, integers(depth), values));
  }

  String mul(String a, String b) {
    return node("Mul", List.of(a, b));
  }

  /** Gives rows the shape of a forward tensor. */
  String reshape(String rows, Shape shape) {
    long[] target = shape.dims().stream().mapToLong(Long::longValue).toArray();
    String reshaped = node("Reshape", List.of(rows, integers(target)));
    if (seeds.contains(rows)) {
      seeds.add(reshaped);
    }
    return reshaped;
  }

  /** Cuts [starts, ends) with a step out of some axes. */
  String slice(String tensor, long[] starts, long[] ends, long[] axes, long[] steps) {
    return node(
        "Slice",
        List.of(tensor, integers(starts), integers(ends), integers(axes), integers(steps)));
  }

  /** Pads by a value; pads as ONNX lists them. */
  String pad(String tensor, long[] pads, float value) {
    if (Arrays.stream(pads).allMatch(pad -> pad == 0)) {
      return tensor;
    }
    return node("Pad", List.of(tensor, integers(pads), real(value)));
  }

  /** Brings a grid of feature maps from the order in which it is held to K × h × w a row. */
  String maps(String rows, Place place) {
    Shape maps = place.in(Place.Order.MAPS).shape();
    return switch (place.order()) {
      case MAPS -> rows;
      case CHANNELS_LAST ->
          node("Transpose", List.of(rows), Attributes.integers("perm", 0, 3, 1, 2));
      case ROWS_JOINED -> reshape(rows, maps);
      case TOKENS -> {
        long from = place.skipped();
        long[] end = {from + (long) place.height() * place.width()};
        String placed =
            from == 0 ? rows : slice(rows, new long[] {from}, end, new long[] {1}, new long[] {1});
        yield reshape(
            node("Transpose", List.of(placed), Attributes.integers("perm", 0, 2, 1)), maps);
      }
    };
  }

  /** Sums over axes, which stay with length one. */
  String sum(String tensor, List<Integer> axes) {
    long[] values = axes.stream().mapToLong(Integer::longValue).toArray();
    return network.opset() < 13
        ? node("ReduceSum", List.of(tensor), Attributes.integers("axes", values))
        : node("ReduceSum", List.of(tensor, integers(values)));
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  /** Recipes of the constants, by name. */
  Map<String, Consumer<GraphBuilder>> constants() {
    return constants;
  }
}
