package dev.sightline.server.graph;

import static java.util.Map.entry;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** The shape of an operator's first output, by operator name. */
final class ShapeRules {
  private interface ShapeRule {
    Shape shape(Node node, Shapes known);
  }

  /** Elementwise or normalising operators: the output has the shape of the first input. */
  private static final Set<String> SAME =
      Set.of(
          "Relu",
          "LeakyRelu",
          "PRelu",
          "Clip",
          "Sigmoid",
          "HardSigmoid",
          "HardSwish",
          "Tanh",
          "Elu",
          "Selu",
          "Celu",
          "Gelu",
          "Mish",
          "Softplus",
          "Softsign",
          "ThresholdedRelu",
          "Exp",
          "Log",
          "Sqrt",
          "Neg",
          "Abs",
          "Erf",
          "Reciprocal",
          "Floor",
          "Ceil",
          "Round",
          "Sign",
          "Identity",
          "Dropout",
          "QuantizeLinear",
          "DequantizeLinear",
          "BatchNormalization",
          "InstanceNormalization",
          "LayerNormalization",
          "GroupNormalization",
          "LpNormalization",
          "LRN",
          "Softmax",
          "LogSoftmax",
          "Not",
          "ScatterND");

  private static final Map<String, ShapeRule> RULES = rules();

  private ShapeRules() {}

  private static Map<String, ShapeRule> rules() {
    Map<String, ShapeRule> rules = new HashMap<>();
    SAME.forEach(operator -> rules.put(operator, (node, known) -> first(node, known)));
    for (String operator :
        List.of(
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Pow",
            "Mod",
            "Sum",
            "Mean",
            "Max",
            "Min",
            "Where",
            "Equal",
            "Less",
            "Greater",
            "LessOrEqual",
            "GreaterOrEqual",
            "And",
            "Or")) {
      rules.put(operator, ShapeRules::broadcast);
    }
    for (String operator :
        List.of(
            "ReduceMean",
            "ReduceSum",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2")) {
      rules.put(operator, ShapeRules::reduce);
    }
    for (String operator : List.of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")) {
      rules.put(operator, ShapeRules::globalPool);
    }
    rules.putAll(
        Map.ofEntries(
            entry("Conv", ShapeRules::conv),
            entry("ConvTranspose", EnlargingShapes::convTranspose),
            entry("Resize", EnlargingShapes::resize),
            entry("DepthToSpace", EnlargingShapes::depthToSpace),
            entry("MaxPool", ShapeRules::pool),
            entry("AveragePool", ShapeRules::pool),
            entry("Gemm", ShapeRules::gemm),
            entry("MatMul", ShapeRules::matMul),
            entry("Flatten", ShapeRules::flatten),
            entry("Reshape", ShapeRules::reshape),
            entry("Transpose", ShapeRules::transpose),
            entry("Squeeze", ShapeRules::squeeze),
            entry("Unsqueeze", ShapeRules::unsqueeze),
            entry("Concat", ShapeRules::concat),
            entry("Pad", ShapeRules::pad),
            entry("Slice", ShapeRules::slice),
            entry("Gather", ShapeRules::gather),
            entry("Expand", ShapeRules::expand),
            entry("ConstantOfShape", ShapeRules::constantOfShape),
            entry("Cast", ShapeRules::cast)));
    return Map.copyOf(rules);
  }

  /** The shape of the node's first output, or a GraphException that says why it is not known. */
  static Shape shape(Node node, Shapes known) {
    ShapeRule rule = node.standard() ? RULES.get(node.operator()) : null;
    if (rule == null) {
      throw new GraphException("the shape that " + node + " gives is unknown");
    }
    try {
      return rule.shape(node, known);
    } catch (GraphException e) {
      String told = e.getMessage();
      throw new GraphException(told.contains("node '") ? told : node + ": " + told, e);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new GraphException(node + " has attributes that do not fit its inputs", e);
    }
  }

  /** The permutation of a Transpose node. */
  static List<Integer> permutation(Node node, int rank) {
    List<Integer> reversed = new ArrayList<>();
    for (int i = rank - 1; i >= 0; i--) {
      reversed.add(i);
    }
    return node.integers("perm")
        .map(perm -> perm.stream().map(Long::intValue).toList())
        .orElse(reversed);
  }

  /** The pads of a Pad node, all begins and then all ends. */
  static long[] pads(Node node, int rank, Shapes known) {
    long[] given = known.integers(node.input(1));
    if (!node.has(3)) {
      return given;
    }
    long[] axes = known.integers(node.input(3));
    long[] pads = new long[2 * rank];
    for (int i = 0; i < axes.length; i++) {
      int axis = Shape.axis(axes[i], rank);
      pads[axis] = given[i];
      pads[rank + axis] = given[axes.length + i];
    }
    return pads;
  }

  private static Shape first(Node node, Shapes known) {
    return known.shape(node.input(0));
  }

  private static Shape broadcast(Node node, Shapes known) {
    return node.inputs().stream()
        .map(known::shape)
        .reduce(Shape::broadcast)
        .orElseThrow(() -> new GraphException("takes nothing"));
  }

  private static Shape conv(Node node, Shapes known) {
    Shape weights = known.shape(node.input(1));
    Shape input = first(node, known);
    if (input.dim(1) != weights.dim(1) * node.integer("group", 1)) {
      throw new GraphException("weights " + weights + " do not fit an input of shape " + input);
    }
    return Window.of(node, input, weights.spatial()).output(input.dim(0), weights.dim(0));
  }

  private static Shape pool(Node node, Shapes known) {
    Shape input = first(node, known);
    return Window.of(node, input, node.integers("kernel_shape").orElse(List.of()))
        .output(input.dim(0), input.dim(1));
  }

  private static Shape reduce(Node node, Shapes known) {
    Shape input = first(node, known);
    List<Integer> axes = Axes.reduced(node, input.rank(), known);
    boolean keep = node.integer("keepdims", 1) != 0;
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < input.rank(); i++) {
      if (!axes.contains(i)) {
        dims.add(input.dim(i));
      } else if (keep) {
        dims.add(1L);
      }
    }
    return new Shape(dims);
  }

  private static Shape globalPool(Node node, Shapes known) {
    List<Long> dims = new ArrayList<>(first(node, known).dims());
    Collections.fill(dims.subList(2, dims.size()), 1L);
    return new Shape(dims);
  }

  private static Shape gemm(Node node, Shapes known) {
    Shape a = first(node, known);
    Shape b = known.shape(node.input(1));
    boolean transposed = node.integer("transA", 0) != 0;
    if (a.rank() != 2 || b.rank() != 2 || (transposed && a.batched())) {
      throw new GraphException("cannot multiply shapes " + a + " and " + b);
    }
    long rows = a.dim(transposed ? 1 : 0);
    return Shape.of(rows, b.dim(node.integer("transB", 0) == 0 ? 1 : 0));
  }

  private static Shape matMul(Node node, Shapes known) {
    Shape a = first(node, known);
    Shape b = known.shape(node.input(1));
    if (a.rank() < 2 || b.rank() < 2 || a.dim(a.rank() - 1) != b.dim(b.rank() - 2)) {
      throw new GraphException("cannot multiply shapes " + a + " and " + b);
    }
    Shape stack =
        Shape.broadcast(a.with(a.rank() - 1, 1), b.with(b.rank() - 2, 1).with(b.rank() - 1, 1));
    return stack.with(stack.rank() - 1, b.dim(b.rank() - 1));
  }

  private static Shape flatten(Node node, Shapes known) {
    Shape input = first(node, known);
    if (Shape.axis(node.integer("axis", 1), input.rank() + 1) != 1) {
      throw new GraphException("flattens into rows that are not the frames");
    }
    return Shape.of(input.dim(0), input.with(0, 1).elements());
  }

  private static Shape reshape(Node node, Shapes known) {
    Shape input = first(node, known);
    long[] target = known.integers(node.input(1));
    boolean zeroCopies = node.integer("allowzero", 0) == 0;
    boolean frames = input.batched();
    long elements = input.elements();
    int free = -1;
    long fixed = 1;
    for (int i = 0; i < target.length; i++) {
      if (target[i] == 0 && zeroCopies) {
        target[i] = input.dim(i) == Shape.BATCH ? Shapes.FRAMES : input.dim(i);
      }
      if (i == 0 && frames) {
        continue;
      }
      if (target[i] == -1) {
        free = i;
      } else {
        fixed *= target[i];
      }
    }
    if (free >= 0) {
      target[free] = elements / fixed;
      fixed *= target[free];
    }
    if (target.length == 0 || fixed != elements) {
      throw new GraphException("reshapes " + input + " into rows that are not the frames");
    }
    if (!frames) {
      return Shape.of(target);
    }
    boolean oneFrame = target[0] == 1;
    if (!oneFrame && target[0] != Shapes.FRAMES && target[0] != -1) {
      throw new GraphException("is fixed to a batch of " + target[0]);
    }
    if (oneFrame) {
      long[] any = target.clone();
      any[0] = -1;
      known.free(node, any);
    }
    target[0] = Shape.BATCH;
    return Shape.of(target);
  }

  private static Shape transpose(Node node, Shapes known) {
    Shape input = first(node, known);
    return new Shape(permutation(node, input.rank()).stream().map(input::dim).toList());
  }

  private static Shape squeeze(Node node, Shapes known) {
    Shape input = first(node, known);
    List<Integer> axes =
        Axes.of(node, input.rank(), known)
            .orElseThrow(() -> new GraphException("names no axes and might squeeze the batch"));
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < input.rank(); i++) {
      if (!axes.contains(i)) {
        dims.add(input.dim(i));
      } else if (input.dim(i) != 1) {
        throw new GraphException("cannot squeeze axis " + i + " of " + input);
      }
    }
    return new Shape(dims);
  }

  private static Shape unsqueeze(Node node, Shapes known) {
    Shape input = first(node, known);
    List<Long> dims = new ArrayList<>(input.dims());
    Axes.of(node, input.rank() + Axes.count(node, known), known)
        .orElse(List.of())
        .forEach(axis -> dims.add(axis, 1L));
    return new Shape(dims);
  }

  private static Shape concat(Node node, Shapes known) {
    Shape shape = first(node, known);
    int axis = Shape.axis(node.integer("axis", 1), shape.rank());
    long length = 0;
    for (String input : node.inputs()) {
      Shape part = known.shape(input);
      if (part.rank() != shape.rank() || !part.with(axis, 1).equals(shape.with(axis, 1))) {
        throw new GraphException(
            "cannot join shapes " + shape + " and " + part + " along axis " + axis);
      }
      length += part.dim(axis);
    }
    if (axis == 0 && shape.batched()) {
      throw new GraphException("joins along the batch");
    }
    return shape.with(axis, length);
  }

  private static Shape pad(Node node, Shapes known) {
    Shape input = first(node, known);
    long[] pads = pads(node, input.rank(), known);
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < input.rank(); i++) {
      long grown = pads[i] + pads[input.rank() + i];
      if (i == 0 && input.batched() && grown != 0) {
        throw new GraphException("pads the batch");
      }
      dims.add(input.dim(i) + grown);
    }
    return new Shape(dims);
  }

  private static Shape slice(Node node, Shapes known) {
    Shape input = first(node, known);
    long[] lengths = Slices.of(node, input, known).lengths();
    return new Shape(LongStream.of(lengths).boxed().toList());
  }

  private static Shape gather(Node node, Shapes known) {
    Shape input = first(node, known);
    Shape indices = known.shape(node.input(1));
    int axis = Shape.axis(node.integer("axis", 0), input.rank());
    if (indices.batched()) {
      throw new GraphException("has indices that depend on the image");
    }
    if (axis == 0 && input.batched()) {
      throw new GraphException("gathers from the batch");
    }
    List<Long> dims = new ArrayList<>(input.dims());
    dims.remove(axis);
    dims.addAll(axis, indices.dims());
    return new Shape(dims);
  }

  private static Shape expand(Node node, Shapes known) {
    List<Long> target = new ArrayList<>();
    for (long dim : known.integers(node.input(1))) {
      target.add(dim == Shapes.FRAMES ? Shape.BATCH : dim);
    }
    return Shape.broadcast(first(node, known), new Shape(target));
  }

  private static Shape constantOfShape(Node node, Shapes known) {
    List<Long> dims = new ArrayList<>();
    for (long dim : known.integers(node.input(0))) {
      dims.add(dim == Shapes.FRAMES ? Shape.BATCH : dim);
    }
    return new Shape(dims);
  }

  private static Shape cast(Node node, Shapes known) {
    if (first(node, known).batched() && node.integer("to", 0) != DataType.FLOAT.getNumber()) {
      throw new GraphException("leaves float32");
    }
    return first(node, known);
  }
}
