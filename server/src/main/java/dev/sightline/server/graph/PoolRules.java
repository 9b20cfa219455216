package dev.sightline.server.graph;

import dev.sightline.server.graph.Window.Axis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/** Averages and sums over space. */
final class PoolRules {
  private PoolRules() {}

  static String globalAverage(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    List<Integer> axes = new ArrayList<>();
    for (int axis = 2; axis < in.rank(); axis++) {
      axes.add(axis);
    }
    return spread(b, in, axes, true, g);
  }

  static String reduceMean(Backward b, Node node, int input, String g) {
    return reduce(b, node, true, g);
  }

  static String reduceSum(Backward b, Node node, int input, String g) {
    return reduce(b, node, false, g);
  }

  private static String reduce(Backward b, Node node, boolean mean, String g) {
    Shape in = b.shape(node.input(0));
    List<Integer> axes = Axes.reduced(node, in.rank(), b.shapes());
    Shape kept = in;
    for (int axis : axes) {
      kept = kept.with(axis, 1);
    }
    boolean reshaped = node.integer("keepdims", 1) == 0;
    return spread(b, in, axes, mean, reshaped ? b.reshape(g, kept) : g);
  }

  /**
   * Repeats g, whose axes have length one, along them, divided by the number of cells if it was a
   * mean.
   */
  private static String spread(Backward b, Shape in, List<Integer> axes, boolean mean, String g) {
    long[] dims = new long[in.rank()];
    Arrays.fill(dims, 1);
    int cells = 1;
    for (int axis : axes) {
      dims[axis] = in.dim(axis);
      cells = Math.multiplyExact(cells, Math.toIntExact(in.dim(axis)));
    }
    return b.mul(g, even(b, mean ? cells : 1, dims));
  }

  /** Everywhere one over a number. */
  private static String even(Backward b, long number, long[] dims) {
    int size = Math.toIntExact(Arrays.stream(dims).reduce(1, Math::multiplyExact));
    return b.made(
        "1/" + number + Arrays.toString(dims).replace(" ", ""),
        () -> {
          float[] shares = new float[size];
          Arrays.fill(shares, 1f / number);
          return shares;
        },
        dims);
  }

  /**
   * Divides by the number of cells of each window, then passes back as through a convolution with
   * ones.
   */
  static String average(Backward b, Node node, int input, String g) {
    Shape in = b.shape(node.input(0));
    Window window = Window.of(node, in, node.integers("kernel_shape").orElse(List.of()));
    if (window.wholeInput()) {
      return globalAverage(b, node, input, g);
    }
    boolean countPadding = node.integer("count_include_pad", 0) != 0;
    long[] dims = new long[in.rank()];
    Arrays.fill(dims, 1);
    for (int i = 0; i < window.axes().size(); i++) {
      dims[2 + i] = window.axes().get(i).out();
    }
    String shares = shares(b, window, countPadding, dims);
    long channels = in.dim(1);
    List<Long> kernel = new ArrayList<>(List.of(channels, 1L));
    window.axes().forEach(axis -> kernel.add(axis.kernel()));
    Shape shape = new Shape(kernel);
    int size = Math.toIntExact(shape.elements());
    Supplier<float[]> ones =
        () -> {
          float[] all = new float[size];
          Arrays.fill(all, 1);
          return all;
        };
    String name =
        b.made("ones" + kernel, ones, kernel.stream().mapToLong(Long::longValue).toArray());
    return ConvRule.adjoint(
        b, window, new ConvRule.Kernel(name, shape, channels, ones), b.mul(g, shares));
  }

  /**
   * One over the number of cells that each window averages, named by what they are, so that
   * poolings of equal windows have them in common.
   */
  private static String shares(Backward b, Window window, boolean countPadding, long[] dims) {
    List<List<Long>> cells = new ArrayList<>();
    for (Axis axis : window.axes()) {
      cells.add(
          LongStream.range(0, axis.out()).mapToObj(i -> cells(axis, i, countPadding)).toList());
    }
    return cells.stream().allMatch(axis -> axis.stream().distinct().count() == 1)
        ? even(
            b, cells.stream().mapToLong(axis -> axis.get(0)).reduce(1, Math::multiplyExact), dims)
        : b.made("1/" + cells, () -> shares(cells), dims);
  }

  private static float[] shares(List<List<Long>> cells) {
    double[] shares = {1};
    for (List<Long> axis : cells) {
      double[] longer = new double[shares.length * axis.size()];
      for (int i = 0; i < longer.length; i++) {
        longer[i] = shares[i / axis.size()] / axis.get(i % axis.size());
      }
      shares = longer;
    }
    float[] rounded = new float[shares.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) shares[i];
    }
    return rounded;
  }

  private static long cells(Axis axis, long window, boolean countPadding) {
    long first = countPadding ? -axis.begin() : 0;
    long last = axis.in() + (countPadding ? axis.end() : 0);
    long cells = 0;
    for (long k = 0; k < axis.kernel(); k++) {
      long at = window * axis.stride() - axis.begin() + k * axis.dilation();
      cells += at >= first && at < last ? 1 : 0;
    }
    return cells;
  }
}
