package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.sightline.server.graph.Window.Axis;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Convolution. Its adjoint is again a convolution, with the kernel flipped and its channels
 * exchanged, where the stride is one; engines run that faster than the transposed convolution that
 * any other stride needs.
 */
final class ConvRule {
  private ConvRule() {}

  static String gradient(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has weights that depend on the image");
    }
    Constant weights = b.constant(node, 1);
    Shape shape = weights.shape();
    Window window = Window.of(node, b.shape(node.input(0)), shape.spatial());
    long group = node.integer("group", 1);
    if (b.isSeed(g) && group == 1 && window.wholeInput()) {
      return b.node("Gather", List.of(weights.name(), b.chosen()), Attributes.integer("axis", 0));
    }
    return adjoint(b, window, new Kernel(weights.name(), shape, group, weights::floats), g);
  }

  /**
   * The weights of a convolution.
   *
   * @param name of the tensor in the graph
   * @param shape M × C/group × spatial axes
   */
  record Kernel(String name, Shape shape, long group, Supplier<float[]> values) {
    /** The same weights with the kernel flipped and the channels of each group exchanged. */
    Kernel flipped() {
      long outs = shape.dim(0) / group;
      long ins = shape.dim(1);
      int positions = Math.toIntExact(shape.elements() / shape.dim(0) / ins);
      List<Long> dims = new ArrayList<>(shape.dims());
      dims.set(0, ins * group);
      dims.set(1, outs);
      return new Kernel(
          name + "/flipped/" + group,
          new Shape(dims),
          group,
          () -> flip(values.get(), (int) group, (int) outs, (int) ins, positions));
    }

    private static float[] flip(float[] w, int groups, int outs, int ins, int positions) {
      float[] flipped = new float[w.length];
      int to = 0;
      for (int group = 0; group < groups; group++) {
        for (int in = 0; in < ins; in++) {
          for (int out = 0; out < outs; out++) {
            int from = ((group * outs + out) * ins + in) * positions;
            for (int position = positions - 1; position >= 0; position--) {
              flipped[to++] = w[from + position];
            }
          }
        }
      }
      return flipped;
    }
  }

  /** Passes the gradient of a convolution's output back to its input. */
  static String adjoint(Backward b, Window window, Kernel kernel, String g) {
    AttributeProto group = Attributes.integer("group", kernel.group);
    AttributeProto dilations = Attributes.integers("dilations", window.each(Axis::dilation));
    AttributeProto size = Attributes.integers("kernel_shape", window.each(Axis::kernel));
    long[] pads =
        window.pads(
            a -> a.span() - 1 - a.begin(), a -> a.span() - 1 - a.touchedEnd() + a.untouched());
    boolean cuts = java.util.Arrays.stream(pads).anyMatch(pad -> pad < 0);
    if (window.stepsByOne() && !cuts) {
      Kernel flipped = kernel.flipped();
      String weights =
          b.reals(
              flipped.name,
              flipped.values,
              flipped.shape.dims().stream().mapToLong(Long::longValue).toArray());
      return b.node(
          "Conv", List.of(g, weights), size, Attributes.integers("pads", pads), dilations, group);
    }
    return b.node(
        "ConvTranspose",
        List.of(g, kernel.name),
        size,
        Attributes.integers("pads", window.pads(Axis::begin, Axis::touchedEnd)),
        Attributes.integers("strides", window.each(Axis::stride)),
        Attributes.integers("output_padding", window.each(Axis::untouched)),
        dilations,
        group);
  }
}
