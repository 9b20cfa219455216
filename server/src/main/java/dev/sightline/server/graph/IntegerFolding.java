package dev.sightline.server.graph;

import static dev.sightline.server.graph.Shapes.FRAMES;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Computes the integer tensors by which exporters write {@code x.view(x.size(0), -1)} and the like:
 * numbers, vectors and the small matrices of pads. The number of frames stays symbolic in them.
 * Truth is 1 and 0.
 */
final class IntegerFolding {
  private IntegerFolding() {}

  /**
   * The values of the node's output, or null if it is no integer tensor that can be known before a
   * run.
   */
  static long @Nullable [] fold(Node node, Shapes known) {
    if (!node.standard()) {
      return null;
    }
    if (node.operator().equals("Shape")) {
      return known.knows(node.input(0)) ? shape(node, known.shape(node.input(0))) : null;
    }
    List<String> given = node.inputs().stream().filter(i -> !i.isEmpty()).toList();
    if (given.isEmpty() || !given.stream().allMatch(known::knowsIntegers)) {
      return null;
    }
    List<long[]> inputs = given.stream().map(known::integers).toList();
    return switch (node.operator()) {
      case "Slice" -> slice(node, known);
      case "Transpose" -> transpose(inputs.get(0), known.shape(node.input(0)));
      case "Identity", "Reshape" -> inputs.get(0);
      default -> rank(node, known) <= 1 ? fold(node, inputs) : null;
    };
  }

  /** Number of axes of a node's output, of integers that are known: a number has none. */
  static int rank(Node node, Shapes known) {
    int first = known.shape(node.input(0)).rank();
    return switch (node.operator()) {
      case "Shape", "Concat", "Range" -> 1;
      case "Unsqueeze" -> first + Axes.count(node, known);
      case "Squeeze" -> Math.max(0, first - Math.max(1, Axes.count(node, known)));
      case "Reshape" -> known.integers(node.input(1)).length;
      case "ConstantOfShape" -> known.integers(node.input(0)).length;
      case "Gather" -> first - 1 + known.shape(node.input(1)).rank();
      case "Identity", "Cast", "Slice", "Transpose" -> first;
      default ->
          node.inputs().stream().mapToInt(input -> known.shape(input).rank()).max().orElse(0);
    };
  }

  private static long @Nullable [] fold(Node node, List<long[]> inputs) {
    return switch (node.operator()) {
      case "Unsqueeze", "Squeeze" -> inputs.get(0);
      case "Cast" -> isInteger(node.integer("to", 0)) ? inputs.get(0) : null;
      case "Concat" -> inputs.stream().flatMapToLong(LongStream::of).toArray();
      case "Gather" -> gather(inputs.get(0), inputs.get(1));
      case "ConstantOfShape" -> filled(node, inputs.get(0));
      case "Range" -> range(inputs);
      case "Add" -> each(inputs, Long::sum);
      case "Sub" -> each(inputs, (a, b) -> a - b);
      case "Mul" -> each(inputs, (a, b) -> a * b);
      case "Div" -> each(inputs, (a, b) -> b == 0 ? 0 : a / b);
      case "Mod" -> each(inputs, (a, b) -> b == 0 ? 0 : Math.floorMod(a, b));
      case "Equal" -> symbolicEqual(inputs);
      case "Where" -> where(inputs);
      default -> null;
    };
  }

  private static boolean isInteger(long type) {
    return type == DataType.INT64.getNumber() || type == DataType.INT32.getNumber();
  }

  private static long[] shape(Node node, Shape shape) {
    long[] dims =
        shape.dims().stream().mapToLong(dim -> dim == Shape.BATCH ? FRAMES : dim).toArray();
    int start = bound(node.integer("start", 0), dims.length);
    int end = bound(node.integer("end", dims.length), dims.length);
    return Arrays.copyOfRange(dims, start, Math.max(start, end));
  }

  private static long @Nullable [] gather(long[] values, long[] indices) {
    List<Long> gathered = new ArrayList<>();
    for (long index : indices) {
      long i = index < 0 ? index + values.length : index;
      if (i < 0 || i >= values.length) {
        return null;
      }
      gathered.add(values[(int) i]);
    }
    return gathered.stream().mapToLong(Long::longValue).toArray();
  }

  private static long @Nullable [] slice(Node node, Shapes known) {
    Shape in = known.shape(node.input(0));
    Slices cut = Slices.of(node, in, known);
    long[] values = known.integers(node.input(0));
    if (in.rank() == 1) {
      return LongStream.range(0, cut.lengths()[0]).map(i -> values[cut.at(0, i)]).toArray();
    }
    if (in.rank() != 2) {
      return null;
    }
    return LongStream.range(0, cut.lengths()[0] * cut.lengths()[1])
        .map(
            i ->
                values[
                    cut.at(0, i / cut.lengths()[1]) * (int) in.dim(1)
                        + cut.at(1, i % cut.lengths()[1])])
        .toArray();
  }

  /** Rows for columns, as exporters write the pads of PyTorch in ONNX's order. */
  private static long @Nullable [] transpose(long[] values, Shape in) {
    if (in.rank() != 2) {
      return null;
    }
    int rows = (int) in.dim(0);
    int columns = (int) in.dim(1);
    long[] turned = new long[values.length];
    Arrays.setAll(turned, i -> values[i % rows * columns + i / rows]);
    return turned;
  }

  private static int bound(long index, int length) {
    return (int) Math.max(0, Math.min(length, index < 0 ? index + length : index));
  }

  private static long @Nullable [] filled(Node node, long[] dims) {
    TensorProto value =
        node.attribute("value")
            .map(attribute -> attribute.getT())
            .orElse(TensorProto.getDefaultInstance());
    boolean vector = dims.length <= 1 && LongStream.of(dims).allMatch(d -> d >= 0 && d <= 64);
    if (!vector || !isInteger(value.getDataType())) {
      return null;
    }
    long[] filled = new long[dims.length == 0 ? 1 : (int) dims[0]];
    Arrays.fill(filled, new Constant(value).integers()[0]);
    return filled;
  }

  private static long @Nullable [] range(List<long[]> inputs) {
    long start = inputs.get(0)[0];
    long end = inputs.get(1)[0];
    long step = inputs.get(2)[0];
    if (start == FRAMES || end == FRAMES || step < 1 || (end - start) / step > 4096) {
      return null;
    }
    return LongStream.iterate(start, i -> i < end, i -> i + step).toArray();
  }

  private static long @Nullable [] where(List<long[]> inputs) {
    long[] condition = inputs.get(0);
    long[] yes = inputs.get(1);
    long[] no = inputs.get(2);
    int length = Math.max(condition.length, Math.max(yes.length, no.length));
    if (!inputs.stream().allMatch(values -> values.length == 1 || values.length == length)) {
      return null;
    }
    long[] result = new long[length];
    for (int i = 0; i < length; i++) {
      long[] chosen = condition[condition.length == 1 ? 0 : i] != 0 ? yes : no;
      result[i] = chosen[chosen.length == 1 ? 0 : i];
    }
    return result;
  }

  /** The number of frames equals no number, least of all the −1 of {@code expand(-1, ...)}. */
  private static long @Nullable [] symbolicEqual(List<long[]> inputs) {
    return zipped(inputs, (a, b) -> a == b ? 1 : 0);
  }

  private static long @Nullable [] each(List<long[]> inputs, LongBinaryOperator operator) {
    boolean symbolic =
        inputs.stream().flatMapToLong(LongStream::of).anyMatch(value -> value == FRAMES);
    return symbolic ? null : zipped(inputs, operator);
  }

  private static long @Nullable [] zipped(List<long[]> inputs, LongBinaryOperator operator) {
    long[] a = inputs.get(0);
    long[] b = inputs.get(1);
    if (a.length != b.length && a.length != 1 && b.length != 1) {
      return null;
    }
    long[] result = new long[Math.max(a.length, b.length)];
    for (int i = 0; i < result.length; i++) {
      result[i] = operator.applyAsLong(a[a.length == 1 ? 0 : i], b[b.length == 1 ? 0 : i]);
    }
    return result;
  }
}
