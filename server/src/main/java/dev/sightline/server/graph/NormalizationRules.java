package dev.sightline.server.graph;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Operators that set every value in relation to others of its row. */
final class NormalizationRules {
  private NormalizationRules() {}

  /** y·(g − Σ g·y), before operator set 13 over all axes from the given one on. */
  static String softmax(Backward b, Node node, int input, String g) {
    int rank = b.shape(node.output()).rank();
    int axis = Shape.axis(node.integer("axis", -1), rank);
    int end = b.opset() < 13 ? rank : axis + 1;
    if (axis == 0) {
      throw new GraphException(node + " normalises over the batch");
    }
    String y = b.gather(node.output());
    String weighed = b.mul(g, y);
    return b.node(
        "Sub",
        List.of(weighed, b.mul(y, b.sum(weighed, IntStream.range(axis, end).boxed().toList()))));
  }

  /**
   * With x̂ = (x − mean)·s, s = 1/√(variance + ε) and h = g·scale: s·(h − mean(h) − x̂·mean(h·x̂)).
   * Mean and s are computed once more, as their outputs of the forward node are not portable.
   */
  static String layerNormalization(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has a scale or bias that depends on the image");
    }
    Shape in = b.shape(node.input(0));
    int first = Shape.axis(node.integer("axis", -1), in.rank());
    if (first == 0) {
      throw new GraphException(node + " normalises over the batch");
    }
    List<Integer> axes = IntStream.range(first, in.rank()).boxed().toList();
    return normalised(b, node, axes, b.mul(g, node.input(1)));
  }

  /** The same within each channel, as GroupNorm is exported too. */
  static String instanceNormalization(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has a scale or bias that depends on the image");
    }
    Shape in = b.shape(node.input(0));
    long[] perChannel = new long[in.rank() - 1];
    Arrays.fill(perChannel, 1);
    perChannel[0] = in.dim(1);
    String scale = b.node("Reshape", List.of(node.input(1), b.integers(perChannel)));
    return normalised(b, node, IntStream.range(2, in.rank()).boxed().toList(), b.mul(g, scale));
  }

  private static String normalised(Backward b, Node node, List<Integer> axes, String h) {
    Shape in = b.shape(node.input(0));
    String centred = b.node("Sub", List.of(node.input(0), mean(b, in, axes, node.input(0))));
    String variance = mean(b, in, axes, b.mul(centred, centred));
    String deviation =
        b.node(
            "Sqrt", List.of(b.node("Add", List.of(variance, b.real(node.real("epsilon", 1e-5f))))));
    String normal = b.gather(b.node("Div", List.of(centred, deviation)));
    String across = b.mul(normal, mean(b, in, axes, b.mul(h, normal)));
    String rest = b.node("Sub", List.of(b.node("Sub", List.of(h, mean(b, in, axes, h))), across));
    return b.node("Div", List.of(rest, b.gather(deviation)));
  }

  /** x / ‖x‖. */
  static String reduceL2(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    Shape kept = in;
    for (int axis : Axes.reduced(node, in.rank(), b.shapes())) {
      kept = kept.with(axis, 1);
    }
    boolean reshaped = node.integer("keepdims", 1) == 0;
    String norm = reshaped ? b.reshape(node.output(), kept) : node.output();
    String direction = b.gather(b.node("Div", List.of(node.input(0), norm)));
    return b.mul(reshaped ? b.reshape(g, kept) : g, direction);
  }

  private static String mean(Backward b, Shape in, List<Integer> axes, String tensor) {
    long cells = axes.stream().mapToLong(in::dim).reduce(1, (p, q) -> p * q);
    return b.mul(b.sum(tensor, axes), b.real(1f / cells));
  }
}
