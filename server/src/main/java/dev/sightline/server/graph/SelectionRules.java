package dev.sightline.server.graph;

import java.util.ArrayList;
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
    Slices slices = Slices.of(node, in, b.shapes());
    if (LongStream.of(slices.steps()).anyMatch(step -> step < 1)) {
      throw new GraphException(node + " goes backwards");
    }
    String spread = g;
    Shape shape = b.shape(node.output());
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
        b.reals(
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
