package dev.sightline.server.graph;

import java.util.Arrays;
import java.util.List;

/** Operators that move numbers and do not change them, or as little as rounding does. */
final class ReshapeRules {
  private ReshapeRules() {}

  static String identity(Backward b, Node node, int input, String g) {
    return g;
  }

  /**
   * Rounding to bytes and back: its derivative, zero almost everywhere, says nothing, and is taken
   * as that of what it approximates (the straight-through estimator of Bengio et al. 2013).
   */
  static String straightThrough(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has a scale that depends on the image");
    }
    return g;
  }

  static String dropout(Backward b, Node node, int input, String g) {
    boolean drops = !node.has(1) || b.floats(node, 1)[0] != 0;
    if (drops && node.has(2) && b.constant(node, 2).truth()) {
      throw new GraphException(node + " is in training mode; export the model for inference");
    }
    return g;
  }

  static String reshape(Backward b, Node node, int input, String g) {
    return b.reshape(g, b.shape(node.input(0)));
  }

  /** Sums over what was repeated. */
  static String expand(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    String sum = ArithmeticRules.unbroadcast(b, node, 0, g);
    return in.rank() == b.shape(node.output()).rank() ? sum : b.reshape(sum, in);
  }

  static String transpose(Backward b, Node node, int input, String g) {
    List<Integer> permutation = ShapeRules.permutation(node, b.shape(node.output()).rank());
    long[] inverse = new long[permutation.size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[permutation.get(i)] = i;
    }
    return b.node("Transpose", List.of(g), Attributes.integers("perm", inverse));
  }

  static String concat(Backward b, Node node, int input, String g) {
    int axis = Shape.axis(node.integer("axis", 1), b.shape(node.output()).rank());
    long start =
        node.inputs().subList(0, input).stream().mapToLong(part -> b.shape(part).dim(axis)).sum();
    long end = start + b.shape(node.input(input)).dim(axis);
    return b.slice(g, new long[] {start}, new long[] {end}, new long[] {axis}, new long[] {1});
  }

  /**
   * Cuts off what was padded; where the padding was negative, what was cut off has no influence.
   */
  static String pad(Backward b, Node node, int input, String g) {
    String mode = node.text("mode", "constant");
    if (!mode.equals("constant") || input != 0) {
      throw new GraphException(
          node + " pads in mode '" + mode + "', of which only 'constant' can be differentiated");
    }
    Shape in = b.shape(node.input(0));
    long[] pads = ShapeRules.pads(node, in.rank(), b.shapes());
    int spatial = in.rank() - 1;
    long[] starts = new long[spatial];
    long[] ends = new long[spatial];
    long[] axes = new long[spatial];
    long[] back = new long[2 * in.rank()];
    for (int axis = 1; axis < in.rank(); axis++) {
      long begin = pads[axis];
      long end = pads[in.rank() + axis];
      axes[axis - 1] = axis;
      starts[axis - 1] = Math.max(0, begin);
      ends[axis - 1] = b.shape(node.output()).dim(axis) - Math.max(0, end);
      back[axis] = Math.max(0, -begin);
      back[in.rank() + axis] = Math.max(0, -end);
    }
    long[] steps = new long[spatial];
    Arrays.fill(steps, 1);
    return b.pad(b.slice(g, starts, ends, axes, steps), back, 0);
  }
}
