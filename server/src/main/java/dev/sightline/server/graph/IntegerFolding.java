package dev.sightline.server.graph;

import static dev.sightline.server.graph.Shapes.FRAMES;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Computes the integer tensors by which exporters write {@code x.view(x.size(0), -1)}: Shape, then
 * Gather, Unsqueeze and Concat. The number of frames stays symbolic in them.
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
    if (node.inputs().isEmpty()
        || !node.inputs().stream().filter(i -> !i.isEmpty()).allMatch(known::knowsIntegers)) {
      return null;
    }
    List<long[]> inputs =
        node.inputs().stream().filter(i -> !i.isEmpty()).map(known::integers).toList();
    return switch (node.operator()) {
      case "Identity", "Unsqueeze", "Squeeze", "Reshape" -> inputs.get(0);
      case "Cast" -> isInteger(node.integer("to", 0)) ? inputs.get(0) : null;
      case "Concat" -> inputs.stream().flatMapToLong(LongStream::of).toArray();
      case "Gather" -> gather(inputs.get(0), inputs.get(1));
      case "Slice" -> slice(inputs);
      case "Add" -> each(inputs, Long::sum);
      case "Sub" -> each(inputs, (a, b) -> a - b);
      case "Mul" -> each(inputs, (a, b) -> a * b);
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

  private static long @Nullable [] slice(List<long[]> inputs) {
    boolean plain =
        inputs.size() >= 3
            && inputs.get(1).length == 1
            && (inputs.size() < 5 || inputs.get(4)[0] == 1);
    if (!plain) {
      return null;
    }
    long[] values = inputs.get(0);
    int start = bound(inputs.get(1)[0], values.length);
    int end = bound(inputs.get(2)[0], values.length);
    return Arrays.copyOfRange(values, start, Math.max(start, end));
  }

  private static int bound(long index, int length) {
    return (int) Math.max(0, Math.min(length, index < 0 ? index + length : index));
  }

  private static long @Nullable [] each(List<long[]> inputs, LongBinaryOperator operator) {
    long[] a = inputs.get(0);
    long[] b = inputs.get(1);
    boolean symbolic =
        LongStream.concat(LongStream.of(a), LongStream.of(b)).anyMatch(v -> v == FRAMES);
    if (symbolic || (a.length != b.length && a.length != 1 && b.length != 1)) {
      return null;
    }
    long[] result = new long[Math.max(a.length, b.length)];
    for (int i = 0; i < result.length; i++) {
      result[i] = operator.applyAsLong(a[a.length == 1 ? 0 : i], b[b.length == 1 ? 0 : i]);
    }
    return result;
  }
}
