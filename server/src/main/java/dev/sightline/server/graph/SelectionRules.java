package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Operators that let some of their numbers through: the others have no influence. */
final class SelectionRules {
  private SelectionRules() {}

  /** Puts zeros between (where the step is more than one), before and behind what was cut out. */
  static String slice(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has bounds that depend on the image");
    }
    Shape in = b.shape(node.input(0));
    Slices backwards = Slices.of(node, in, b.shapes());
    Slices slices = backwards.forwards();
    Shape shape = b.shape(node.output());
    String spread = turned(b, backwards, shape, g);
    long[] pads = new long[2 * in.rank()];
    for (int axis = 0; axis < in.rank(); axis++) {
      long step = slices.steps()[axis];
      long reach = shape.dim(axis);
      if (step > 1) {
        spread = spread(b, spread, shape, axis, step);
        reach *= step;
        shape = shape.with(axis, reach);
      }
      if (axis > 0) {
        pads[axis] = slices.starts()[axis];
        pads[in.rank() + axis] = in.dim(axis) - slices.starts()[axis] - reach;
      }
    }
    for (int axis = 1; axis < in.rank(); axis++) {
      long surplus = -pads[in.rank() + axis];
      if (surplus > 0) {
        // The last cell that was cut out may be the last of all, with no room for its zeros.
        pads[in.rank() + axis] = 0;
        spread =
            b.slice(
                spread,
                new long[] {0},
                new long[] {shape.dim(axis) - surplus},
                new long[] {axis},
                new long[] {1});
      }
    }
    return b.pad(spread, pads, 0);
  }

  /** Turns the axes round along which the cut goes backwards. */
  private static String turned(Backward b, Slices cut, Shape shape, String g) {
    long[] axes =
        LongStream.range(0, shape.rank()).filter(axis -> cut.steps()[(int) axis] < 0).toArray();
    if (axes.length == 0) {
      return g;
    }
    long[] last = new long[axes.length];
    Arrays.fill(last, -1);
    long[] end = new long[axes.length];
    Arrays.fill(end, Integer.MIN_VALUE);
    return b.slice(g, last, end, axes, last);
  }

  /** Follows every cell along an axis by zeros. */
  private static String spread(Backward b, String g, Shape shape, int axis, long step) {
    List<Long> apart = new ArrayList<>(shape.dims());
    apart.add(axis + 1, 1L);
    long[] pads = new long[2 * apart.size()];
    pads[apart.size() + axis + 1] = step - 1;
    String zeros = b.pad(b.reshape(g, new Shape(apart)), pads, 0);
    return b.reshape(zeros, shape.with(axis, shape.dim(axis) * step));
  }

  /**
   * One index: zeros before and behind. Several: a product with the matrix of zeros and ones that
   * gathers, as an index may come twice.
   */
  static String gather(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has indices that depend on the image");
    }
    Shape in = b.shape(node.input(0));
    int axis = Shape.axis(node.integer("axis", 0), in.rank());
    if (axis == 0) {
      throw new GraphException(node + " gathers from the batch");
    }
    long length = in.dim(axis);
    int[] indices =
        LongStream.of(b.shapes().integers(node.input(1)))
            .mapToInt(index -> (int) (index < 0 ? index + length : index))
            .toArray();
    Shape gathered = in.with(axis, indices.length);
    String flat = b.reshape(g, gathered);
    if (indices.length == 1) {
      long[] pads = new long[2 * in.rank()];
      pads[axis] = indices[0];
      pads[in.rank() + axis] = length - 1 - indices[0];
      return b.pad(flat, pads, 0);
    }
    int cells = Math.toIntExact(length);
    String matrix =
        b.made(
            node.output() + "/chosen",
            () -> {
              float[] ones = new float[indices.length * cells];
              for (int i = 0; i < indices.length; i++) {
                ones[i * cells + indices[i]] = 1;
              }
              return ones;
            },
            indices.length,
            cells);
    long[] last = LongStream.range(0, in.rank()).toArray();
    last[axis] = in.rank() - 1L;
    last[in.rank() - 1] = axis;
    String turned = b.node("Transpose", List.of(flat), Attributes.integers("perm", last));
    String product = b.node("MatMul", List.of(turned, matrix));
    return b.node("Transpose", List.of(product), Attributes.integers("perm", last));
  }

  /**
   * Largest or smallest of several tensors: the gradient where it is this one, the first of them.
   */
  static String extreme(Backward b, Node node, int input, String g) {
    String chosen = equal(b, node.input(input), node.output());
    for (int earlier = 0; earlier < input; earlier++) {
      String other = equal(b, node.input(earlier), node.output());
      chosen = b.node("And", List.of(chosen, b.node("Not", List.of(other))));
    }
    String part = b.mul(g, b.gather(ActivationRules.number(b, chosen)));
    return ArithmeticRules.unbroadcast(b, node, input, part);
  }

  /** Largest or smallest along axes: the gradient in equal parts to those that are. */
  static String reduceExtreme(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    List<Integer> axes = Axes.reduced(node, in.rank(), b.shapes());
    Shape kept = in;
    for (int axis : axes) {
      kept = kept.with(axis, 1);
    }
    boolean reshaped = node.integer("keepdims", 1) == 0;
    String extreme = reshaped ? b.reshape(node.output(), kept) : node.output();
    String chosen = ActivationRules.number(b, equal(b, node.input(0), extreme));
    String shares = b.gather(b.node("Div", List.of(chosen, b.sum(chosen, axes))));
    return b.mul(reshaped ? b.reshape(g, kept) : g, shares);
  }

  private static String equal(Backward b, String one, String other) {
    return b.node("Equal", List.of(one, other));
  }

  /** The gradient where the condition chose this input, else zero. */
  static String where(Backward b, Node node, int input, String g) {
    if (input == 0) {
      throw new GraphException(node + " has a condition that depends on the image");
    }
    String condition = node.input(0);
    if (b.shape(condition).batched()) {
      throw new GraphException(node + " has a condition that depends on the image");
    }
    String zero = b.real(0);
    String chosen =
        b.node("Where", input == 1 ? List.of(condition, g, zero) : List.of(condition, zero, g));
    return ArithmeticRules.unbroadcast(b, node, input, chosen);
  }
}
