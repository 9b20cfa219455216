package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/** The sliding window of a convolution or a pooling, one {@link Axis} for each spatial axis. */
record Window(List<Axis> axes) {
  /**
   * One axis of a window. Padding and size are resolved: what {@code auto_pad} or {@code ceil_mode}
   * said is in the numbers.
   *
   * @param begin cells of padding before the first cell
   * @param end cells of padding after the last cell as declared; the windows may end before or, in
   *     ceil mode, behind it
   * @param in cells of the input
   * @param out cells of the output
   */
  record Axis(long kernel, long stride, long dilation, long begin, long end, long in, long out) {
    /** Cells that one window spans. */
    long span() {
      return dilation * (kernel - 1) + 1;
    }

    /** Cells that all windows span, counted from the first cell of padding. */
    long reach() {
      return (out - 1) * stride + span();
    }

    /** Cells of padding behind the last cell that some window touches. */
    long touchedEnd() {
      return Math.max(0, reach() - begin - in);
    }

    /** Cells at the end that no window touches, because the stride does not divide the length. */
    long untouched() {
      return Math.max(0, begin + in - reach());
    }
  }

  private static final long MOST = 1 << 20;

  /** The window of a Conv, MaxPool or AveragePool node over an input N × K × spatial axes. */
  static Window of(Node node, Shape input, List<Long> kernel) {
    int spatial = kernel.size();
    if (input.rank() != spatial + 2) {
      throw new GraphException(
          "a kernel of " + spatial + " axes does not fit an input of shape " + input);
    }
    List<Long> ones = Collections.nCopies(spatial, 1L);
    List<Long> strides = node.integers("strides").orElse(ones);
    List<Long> dilations = node.integers("dilations").orElse(ones);
    List<Long> pads = node.integers("pads").orElse(Collections.nCopies(2 * spatial, 0L));
    String auto = node.text("auto_pad", "NOTSET");
    boolean ceil = node.integer("ceil_mode", 0) != 0;
    List<Axis> axes = new ArrayList<>();
    for (int i = 0; i < spatial; i++) {
      axes.add(
          axis(
              auto,
              ceil,
              new Axis(
                  kernel.get(i),
                  strides.get(i),
                  dilations.get(i),
                  pads.get(i),
                  pads.get(spatial + i),
                  input.dim(2 + i),
                  0)));
    }
    return new Window(List.copyOf(axes));
  }

  private static Axis axis(String auto, boolean ceil, Axis a) {
    boolean sound =
        LongStream.of(a.kernel, a.stride, a.dilation, a.in).allMatch(v -> v > 0 && v <= MOST)
            && LongStream.of(a.begin, a.end).allMatch(v -> Math.abs(v) <= MOST);
    if (!sound) {
      throw new GraphException("has no valid window: " + a);
    }
    if (auto.equals("SAME_UPPER") || auto.equals("SAME_LOWER")) {
      long out = -Math.floorDiv(-a.in, a.stride);
      long total = Math.max(0, (out - 1) * a.stride + a.span() - a.in);
      long less = total / 2;
      boolean upper = auto.equals("SAME_UPPER");
      return new Axis(
          a.kernel,
          a.stride,
          a.dilation,
          upper ? less : total - less,
          upper ? total - less : less,
          a.in,
          out);
    }
    long begin = auto.equals("VALID") ? 0 : a.begin;
    long end = auto.equals("VALID") ? 0 : a.end;
    long room = begin + a.in + end - a.span();
    if (room < 0) {
      throw new GraphException(
          "a window of " + a.span() + " is larger than its padded input of " + (room + a.span()));
    }
    long out = room / a.stride + 1;
    // A last window that would start in the padding behind the input is left out.
    if (ceil && room % a.stride != 0 && out * a.stride < a.in + begin) {
      out++;
    }
    return new Axis(a.kernel, a.stride, a.dilation, begin, end, a.in, out);
  }

  Shape output(long batch, long channels) {
    List<Long> dims = new ArrayList<>(List.of(batch, channels));
    axes.forEach(axis -> dims.add(axis.out));
    return new Shape(dims);
  }

  boolean stepsByOne() {
    return axes.stream().allMatch(axis -> axis.stride == 1);
  }

  /** True if the input is a single window, seen whole and unpadded. */
  boolean wholeInput() {
    return axes.stream()
        .allMatch(
            a ->
                a.out == 1
                    && a.kernel == a.in
                    && a.begin == 0
                    && a.touchedEnd() == 0
                    && a.dilation == 1);
  }

  /** Number of positions of the kernel, which must be known to be few. */
  int offsets() {
    return Math.toIntExact(product(Axis::kernel));
  }

  /** The product of a property over all axes; if that is beyond {@link #MOST}, then any such. */
  long product(ToLongFunction<Axis> property) {
    return axes.stream().mapToLong(property).reduce(1, (a, b) -> a > MOST ? a : a * b);
  }

  /** One property of every axis, as an attribute's value. */
  long[] each(ToLongFunction<Axis> property) {
    return axes.stream().mapToLong(property).toArray();
  }

  /** Two properties of every axis, the way ONNX lists pads: all begins, then all ends. */
  long[] pads(ToLongFunction<Axis> begin, ToLongFunction<Axis> end) {
    long[] pads = new long[2 * axes.size()];
    for (int i = 0; i < axes.size(); i++) {
      pads[i] = begin.applyAsLong(axes.get(i));
      pads[axes.size() + i] = end.applyAsLong(axes.get(i));
    }
    return pads;
  }
}
