package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The backward pass as it is written: its nodes and constants, and what its rules may ask of the
 * forward pass.
 *
 * <p>Tensors here have one row per (frame, class), R in all, where the forward pass has one per
 * frame, N.
 */
final class Backward {
  private static final long MOST_MADE = 1 << 26;

  private final Network network;
  private final String chosen;
  private final String frame;
  private final AddedNodes added;
  private final Map<String, String> gathered = new HashMap<>();
  private final Set<String> seeds = new HashSet<>();
  private final Map<String, Node> producers;
  private final Map<String, @Nullable Constant> dequantized = new HashMap<>();
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
    this.added = new AddedNodes(network, "backward/");
    this.producers = Network.producers(network.nodes());
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

  /** An input that must be constant, or integers that are brought back to float32. */
  Constant constant(Node node, int input) {
    String name = node.input(input);
    Constant constant = network.constants().get(name);
    if (constant == null) {
      constant = dequantized.computeIfAbsent(name, this::dequantized);
    }
    if (constant == null) {
      throw new GraphException(
          node + " takes '" + node.input(input) + "', which must be a constant");
    }
    return constant;
  }

  private @Nullable Constant dequantized(String tensor) {
    Node producer = producers.get(tensor);
    return producer != null && producer.operator().equals("DequantizeLinear")
        ? DequantizedConstant.of(producer, network)
        : null;
  }

  /** Writes a node. */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return node(operator, inputs, 1, attributes).get(0);
  }

  /** Writes a node of several outputs. */
  List<String> node(
      String operator, List<String> inputs, int outputs, AttributeProto... attributes) {
    return added.node(place, operator, inputs, outputs, attributes);
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
    return added.integers(values);
  }

  /** A constant integer. */
  String integer(long value) {
    return added.integer(value);
  }

  /** A constant number. */
  String real(float value) {
    return added.real(value);
  }

  /** A constant tensor, computed only if it is needed; one name stands for one value. */
  String reals(String name, Supplier<float[]> values, long... dims) {
    return added.reals(name, values, dims);
  }

  /**
   * The same of a tensor that nothing in the model is as large as.
   *
   * @throws GraphException if it is larger than any network needs
   */
  String made(String name, Supplier<float[]> values, long... dims) {
    long count = LongStream.of(dims).reduce(1, Math::multiplyExact);
    if (count > MOST_MADE) {
      throw new GraphException("a constant of " + count + " numbers would have to be added");
    }
    return reals(name, values, dims);
  }

  /**
   * The indices of each row of integers as vectors with a one among {@code depth} zeros, along a
   * new last axis.
   */
  String oneHot(String indices, long depth) {
    String values = added.reals("off,on", () -> new float[] {0, 1}, 2);
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
  String maps(String rows, Place held) {
    return added.maps(place, rows, held);
  }

  /** Sums over axes, which stay with length one. */
  String sum(String tensor, List<Integer> axes) {
    long[] values = axes.stream().mapToLong(Integer::longValue).toArray();
    return network.opset() < 13
        ? node("ReduceSum", List.of(tensor), Attributes.integers("axes", values))
        : node("ReduceSum", List.of(tensor, integers(values)));
  }

  List<NodeProto> nodes() {
    return added.nodes();
  }

  /** Recipes of the constants, by name. */
  Map<String, Consumer<GraphBuilder>> constants() {
    return added.constants();
  }
}
