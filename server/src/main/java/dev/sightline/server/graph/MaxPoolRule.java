package dev.sightline.server.graph;

import dev.sightline.server.graph.Window.Axis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Max pooling, exact under ties: the first cell of a window, in row-major order, that equals the
 * maximum takes the whole gradient. All-zero windows behind a ReLU are such ties, so this is no
 * rare case.
 *
 * <p>Overlapping windows give a cell several gradients. Scattering with addition is not portable,
 * so the sum is made of shifted planes instead. One strided slice of the input for each position of
 * the kernel lines up with the output; comparing them in order gives each window the number of its
 * winner, once a frame. Going back, each position keeps the gradients of the windows that it won.
 * Positions whose offsets leave the same remainder by the stride land on the same sub-grid of the
 * input, so their planes are shifted by the quotient (Pad) and added; the sub-grids are then
 * interleaved (Concat, Reshape, Transpose) and the padding is cut off. Any size, stride, dilation
 * and padding is the same few operators, all of which every engine has.
 */
final class MaxPoolRule {
  /** Positions of a kernel, and remainders by the strides: for each there are operators. */
  private static final long MOST = 1024;

  private final Backward b;
  private final Window window;
  private final Shape in;

  private MaxPoolRule(Backward b, Window window, Shape in) {
    this.b = b;
    this.window = window;
    this.in = in;
  }

  static String gradient(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    Window window = Window.of(node, in, node.integers("kernel_shape").orElse(List.of()));
    if (window.product(Axis::kernel) > MOST) {
      throw new GraphException(node + " has a kernel of more than " + MOST + " cells");
    }
    if (window.product(Axis::stride) > MOST) {
      throw new GraphException(node + " has strides of more than " + MOST + " cells");
    }
    MaxPoolRule rule = new MaxPoolRule(b, window, in);
    return rule.cropped(rule.interleaved(rule.won(rule.winners(node), g)));
  }

  /** The first maximum of each whole map takes the gradient. */
  static String global(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    Shape flat = Shape.of(Shape.BATCH, in.dim(1), in.elements() / in.dim(1));
    String first =
        b.node(
            "ArgMax",
            List.of(b.reshape(node.input(0), flat)),
            Attributes.integer("axis", 2),
            Attributes.integer("keepdims", 0));
    String winners = b.oneHot(b.gather(first), flat.dim(2));
    return b.reshape(b.mul(b.reshape(g, flat.with(2, 1)), winners), in);
  }

  /** For each row's window the number of the position that holds its maximum. */
  private String winners(Node node) {
    int dims = 2 + window.axes().size();
    long[] pads = new long[2 * dims];
    long[] spatial = window.pads(Axis::begin, Axis::touchedEnd);
    System.arraycopy(spatial, 0, pads, 2, dims - 2);
    System.arraycopy(spatial, dims - 2, pads, dims + 2, dims - 2);
    String padded = b.pad(node.input(0), pads, -Float.MAX_VALUE);
    String winner = b.real(window.offsets() - 1);
    for (int position = window.offsets() - 2; position >= 0; position--) {
      String maximal = b.node("Equal", List.of(candidates(padded, position), node.output()));
      winner = b.node("Where", List.of(maximal, b.real(position), winner));
    }
    return window.offsets() == 1 ? winner : b.gather(winner);
  }

  /** What each window sees at one position of its kernel. */
  private String candidates(String padded, int position) {
    long[] starts = offsets(position);
    long[] ends = starts.clone();
    for (int i = 0; i < ends.length; i++) {
      Axis axis = window.axes().get(i);
      ends[i] += (axis.out() - 1) * axis.stride() + 1;
    }
    return b.slice(padded, starts, ends, spatialAxes(), window.each(Axis::stride));
  }

  private long[] offsets(int position) {
    long[] offsets = new long[window.axes().size()];
    long rest = position;
    for (int i = offsets.length - 1; i >= 0; i--) {
      Axis axis = window.axes().get(i);
      offsets[i] = rest % axis.kernel() * axis.dilation();
      rest /= axis.kernel();
    }
    return offsets;
  }

  private long[] spatialAxes() {
    long[] axes = new long[window.axes().size()];
    Arrays.setAll(axes, i -> i + 2);
    return axes;
  }

  /**
   * For each remainder of the offsets by the strides, in row-major order, the sum of what its
   * positions won.
   */
  private List<String> won(String winners, String g) {
    Map<Integer, List<String>> planes = new HashMap<>();
    for (int position = 0; position < window.offsets(); position++) {
      long[] offsets = offsets(position);
      int remainder = 0;
      for (int i = 0; i < offsets.length; i++) {
        long stride = window.axes().get(i).stride();
        remainder = (int) (remainder * stride + offsets[i] % stride);
        offsets[i] /= stride;
      }
      planes
          .computeIfAbsent(remainder, unused -> new ArrayList<>())
          .add(shifted(wonAt(winners, position, g), offsets));
    }
    long remainders = window.product(Axis::stride);
    List<String> sums = new ArrayList<>();
    for (int remainder = 0; remainder < remainders; remainder++) {
      List<String> parts =
          planes.getOrDefault(
              remainder, List.of(shifted(wonAt(winners, -1, g), new long[window.axes().size()])));
      sums.add(parts.size() == 1 ? parts.get(0) : b.node("Sum", parts));
    }
    return sums;
  }

  /** The gradients of the windows that the position won; no window is won by position −1. */
  private String wonAt(String winners, int position, String g) {
    if (window.offsets() == 1 && position == 0) {
      return g;
    }
    String won = b.node("Equal", List.of(winners, b.real(position)));
    return b.node("Where", List.of(won, g, b.real(0)));
  }

  private String shifted(String plane, long[] by) {
    int dims = 2 + by.length;
    long[] pads = new long[2 * dims];
    for (int i = 0; i < by.length; i++) {
      Axis axis = window.axes().get(i);
      pads[2 + i] = by[i];
      pads[dims + 2 + i] = length(axis) - by[i] - axis.out();
    }
    return b.pad(plane, pads, 0);
  }

  /** Cells of the sub-grid of each remainder. */
  private static long length(Axis axis) {
    return -Math.floorDiv(-Math.max(axis.reach(), axis.begin() + axis.in()), axis.stride());
  }

  /**
   * Puts the sub-grids together, axis by axis from the last: one plane for each combination of
   * remainders becomes one for each of those of the axes before.
   */
  private String interleaved(List<String> planes) {
    List<String> merged = planes;
    long rest = 1;
    for (int i = window.axes().size() - 1; i >= 0; i--) {
      Axis axis = window.axes().get(i);
      int stride = Math.toIntExact(axis.stride());
      List<String> next = new ArrayList<>();
      for (int first = 0; first < merged.size(); first += stride) {
        List<String> group = merged.subList(first, first + stride);
        next.add(stride == 1 ? group.get(0) : merged(group, i, rest));
      }
      merged = next;
      rest *= length(axis) * stride;
    }
    return merged.get(0);
  }

  /**
   * Interleaves planes along an axis, behind which a cell has {@code rest} values. Along the last
   * axis these are single numbers, which engines transpose faster than they concatenate them.
   */
  private String merged(List<String> planes, int spatial, long rest) {
    Shape whole = Shape.of(Shape.BATCH, in.dim(1));
    long cells = in.dim(1);
    for (int i = 0; i < window.axes().size(); i++) {
      Axis axis = window.axes().get(i);
      long length = length(axis) * (i < spatial ? 1 : axis.stride());
      whole = append(whole, length);
      cells *= i <= spatial ? length(axis) : 1;
    }
    if (rest > 1) {
      Shape each = Shape.of(Shape.BATCH, cells, rest);
      List<String> rows = planes.stream().map(plane -> b.reshape(plane, each)).toList();
      return b.reshape(b.node("Concat", rows, Attributes.integer("axis", 2)), whole);
    }
    String joined = b.node("Concat", planes, Attributes.integer("axis", 1));
    String apart = b.reshape(joined, Shape.of(Shape.BATCH, planes.size(), cells));
    return b.reshape(
        b.node("Transpose", List.of(apart), Attributes.integers("perm", 0, 2, 1)), whole);
  }

  private static Shape append(Shape shape, long length) {
    List<Long> dims = new ArrayList<>(shape.dims());
    dims.add(length);
    return new Shape(dims);
  }

  private String cropped(String padded) {
    boolean exact =
        window.axes().stream().allMatch(a -> a.begin() == 0 && length(a) * a.stride() == a.in());
    if (exact) {
      return padded;
    }
    long[] ends = window.each(axis -> axis.begin() + axis.in());
    long[] ones = Collections.nCopies(ends.length, 1L).stream().mapToLong(v -> v).toArray();
    return b.slice(padded, window.each(Axis::begin), ends, spatialAxes(), ones);
  }
}
