package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Runs a graph's forward operators in double precision with plain loops, straight from ONNX's
 * definitions: the independent source that gradients are checked against.
 */
final class DoubleInterpreter {
  private final ModelProto model;
  private final Map<String, DoubleTensor> constants = new HashMap<>();
  private final boolean oldSoftmax;

  DoubleInterpreter(ModelProto model) {
    this.model = model;
    this.oldSoftmax = model.getOpsetImport(0).getVersion() < 13;
    model.getGraph().getInitializerList().forEach(t -> constants.put(t.getName(), decode(t)));
  }

  /** All tensors of a run. */
  Map<String, DoubleTensor> run(Map<String, DoubleTensor> inputs) {
    Map<String, DoubleTensor> values = new HashMap<>(constants);
    values.putAll(inputs);
    model.getGraph().getNodeList().forEach(node -> compute(node, values));
    return values;
  }

  /** One tensor of a run. */
  static DoubleTensor value(Map<String, DoubleTensor> run, String tensor) {
    return Objects.requireNonNull(run.get(tensor), tensor);
  }

  /** Runs again what depends on one tensor, after that was given another value. */
  Map<String, DoubleTensor> rerun(
      Map<String, DoubleTensor> before, String tensor, DoubleTensor value) {
    Map<String, DoubleTensor> values = new HashMap<>(before);
    values.put(tensor, value);
    Set<String> changed = new HashSet<>(Set.of(tensor));
    for (NodeProto node : model.getGraph().getNodeList()) {
      boolean touched = node.getInputList().stream().anyMatch(changed::contains);
      if (touched && !node.getOutput(0).equals(tensor)) {
        compute(node, values);
        changed.addAll(node.getOutputList());
      }
    }
    return values;
  }

  /**
   * The derivatives of every value of the output, first index, by every value of the same frame of
   * the tensor, second index: central differences, with a step so small that hardly ever a kink
   * lies inside it. Frames do not influence each other, so all of them are moved at once.
   */
  double[][] differences(Map<String, DoubleTensor> run, String tensor, String output) {
    double step = 1e-7;
    DoubleTensor base = value(run, tensor);
    int frames = base.dim(0);
    double[][] derivatives =
        new double[value(run, output).values().length][base.values().length / frames];
    for (int i = 0; i < derivatives[0].length; i++) {
      double[] up = value(rerun(run, tensor, base.nudged(i, step)), output).values();
      double[] down = value(rerun(run, tensor, base.nudged(i, -step)), output).values();
      for (int o = 0; o < derivatives.length; o++) {
        derivatives[o][i] = (up[o] - down[o]) / (2 * step);
      }
    }
    return derivatives;
  }

  static DoubleTensor decode(TensorProto tensor) {
    int[] dims = tensor.getDimsList().stream().mapToInt(Long::intValue).toArray();
    double[] values = new double[DoubleTensor.size(dims)];
    boolean truths = tensor.getDataType() == DataType.BOOL.getNumber();
    boolean floats = tensor.getDataType() == DataType.FLOAT.getNumber();
    boolean ints = tensor.getDataType() == DataType.INT32.getNumber();
    boolean signed = tensor.getDataType() == DataType.INT8.getNumber();
    boolean bytes = signed || tensor.getDataType() == DataType.UINT8.getNumber();
    ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      if (truths) {
        values[i] = tensor.getInt32Data(i);
      } else if (bytes) {
        values[i] = signed ? raw.get() : raw.get() & 0xff;
      } else if (tensor.hasRawData()) {
        values[i] = floats ? raw.getFloat() : ints ? raw.getInt() : raw.getLong();
      } else {
        values[i] = floats ? tensor.getFloatData(i) : tensor.getInt64Data(i);
      }
    }
    return new DoubleTensor(dims, values);
  }

  private void compute(NodeProto proto, Map<String, DoubleTensor> values) {
    Node node = new Node(proto);
    List<DoubleTensor> in = new ArrayList<>();
    for (String name : node.inputs()) {
      in.add(name.isEmpty() ? new DoubleTensor(new int[] {0}, new double[0]) : value(values, name));
    }
    if (node.operator().equals("Split")) {
      split(node, in, values);
    } else {
      values.put(node.output(), compute(node, in));
    }
  }

  DoubleTensor compute(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.isEmpty() ? new DoubleTensor(new int[0], new double[1]) : in.get(0);
    return switch (node.operator()) {
      case "Identity", "Dropout", "Cast" -> x;
      case "Shape" ->
          new DoubleTensor(
              new int[] {x.rank()}, Arrays.stream(x.dims()).asDoubleStream().toArray());
      case "Constant" -> decode(node.attribute("value").orElseThrow().getT());
      case "Relu" -> x.map(v -> Math.max(v, 0));
      case "LeakyRelu" -> x.map(v -> v < 0 ? node.real("alpha", 0.01f) * v : v);
      case "Clip" -> clip(node, in);
      case "Sigmoid" -> x.map(v -> 1 / (1 + Math.exp(-v)));
      case "HardSigmoid" ->
          x.map(v -> unit(node.real("alpha", 0.2f) * v + node.real("beta", 0.5f)));
      case "HardSwish" -> x.map(v -> v * unit(v / 6 + 0.5));
      case "Softplus" -> x.map(DoubleInterpreter::softplus);
      case "Softsign" -> x.map(v -> v / (1 + Math.abs(v)));
      case "Mish" -> x.map(v -> v * Math.tanh(softplus(v)));
      case "Gelu" -> x.map(v -> v * normal(v, node.text("approximate", "none")));
      case "Elu" -> x.map(v -> v > 0 ? v : node.real("alpha", 1) * Math.expm1(v));
      case "Celu" -> x.map(v -> v > 0 ? v : 1.3f * Math.expm1(v / 1.3f));
      case "Selu" -> x.map(v -> v > 0 ? 1.05070102 * v : 1.05070102 * 1.67326319 * Math.expm1(v));
      case "PRelu" -> x.with(in.get(1), (v, slope) -> v < 0 ? slope * v : v);
      case "ThresholdedRelu" -> x.map(v -> v > node.real("alpha", 1) ? v : 0);
      case "Round" -> x.map(Math::rint);
      case "QuantizeLinear" -> quantize(in);
      case "DequantizeLinear" -> dequantize(node, in);
      case "Abs" -> x.map(Math::abs);
      case "Log" -> x.map(Math::log);
      case "Max" -> in.stream().reduce((a, b) -> a.with(b, Math::max)).orElseThrow();
      case "Min" -> in.stream().reduce((a, b) -> a.with(b, Math::min)).orElseThrow();
      case "Tanh" -> x.map(Math::tanh);
      case "Erf" -> x.map(DoubleInterpreter::erf);
      case "Exp" -> x.map(Math::exp);
      case "Neg" -> x.map(v -> -v);
      case "Reciprocal" -> x.map(v -> 1 / v);
      case "Sqrt" -> x.map(Math::sqrt);
      case "Pow" -> x.with(in.get(1), Math::pow);
      case "Where" -> where(in);
      case "Expand" -> expand(x, in.get(1));
      case "Slice" -> slice(in);
      case "Gather" -> gather(node, in);
      case "InstanceNormalization" -> instanceNormalization(node, in);
      case "LayerNormalization" -> layerNormalization(node, in);
      case "Add", "Sum" -> in.stream().reduce((a, b) -> a.with(b, Double::sum)).orElseThrow();
      case "Sub" -> x.with(in.get(1), (a, b) -> a - b);
      case "Mul" -> x.with(in.get(1), (a, b) -> a * b);
      case "Div" -> x.with(in.get(1), (a, b) -> a / b);
      case "BatchNormalization" -> batchNormalization(node, in);
      case "Conv" -> DoubleWindows.conv(node, in);
      case "MaxPool" -> DoubleWindows.pool(node, x, true);
      case "AveragePool" -> DoubleWindows.pool(node, x, false);
      case "GlobalAveragePool",
          "GlobalMaxPool",
          "ReduceMean",
          "ReduceSum",
          "ReduceMax",
          "ReduceMin",
          "ReduceL2" ->
          reduce(node, in);
      case "Gemm" -> gemm(node, in);
      case "MatMul" -> matMul(x, in.get(1));
      case "Einsum" -> einsum(node, x, in.get(1));
      case "Flatten" -> x.reshaped(x.dim(0), x.values().length / x.dim(0));
      case "Reshape" -> reshape(x, in.get(1));
      case "Squeeze", "Unsqueeze" -> squeeze(node, in);
      case "Transpose" -> transpose(node, x);
      case "Concat" -> concat(node, in);
      case "Pad" -> pad(node, in);
      case "Softmax" -> softmax(x, (int) node.integer("axis", oldSoftmax ? 1 : -1), oldSoftmax);
      default -> throw new IllegalArgumentException("no loop for " + node);
    };
  }

  /** To bytes without a sign, by one scale. */
  private static DoubleTensor quantize(List<DoubleTensor> in) {
    double scale = in.get(1).values()[0];
    double zeroPoint = in.get(2).values()[0];
    return in.get(0).map(v -> Math.min(255, Math.max(0, Math.rint(v / scale) + zeroPoint)));
  }

  private static DoubleTensor dequantize(Node node, List<DoubleTensor> in) {
    int axis = (int) node.integer("axis", 1);
    DoubleTensor scale = in.get(1);
    return DoubleTensor.each(
        in.get(0).dims(),
        i -> {
          int[] at =
              scale.rank() == 0 || scale.dim(0) == 1 ? new int[scale.rank()] : new int[] {i[axis]};
          return (in.get(0).at(i) - (in.size() > 2 ? in.get(2).at(at) : 0)) * scale.at(at);
        });
  }

  private static double softplus(double v) {
    return Math.log1p(Math.exp(v));
  }

  /** The normal distribution, or its approximation by tanh. */
  private static double normal(double v, String approximate) {
    return approximate.equals("tanh")
        ? 0.5 + 0.5 * Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))
        : 0.5 + 0.5 * erf(v / Math.sqrt(2));
  }

  private static double unit(double v) {
    return Math.min(1, Math.max(0, v));
  }

  private static DoubleTensor clip(Node node, List<DoubleTensor> in) {
    double min = node.has(1) ? in.get(1).values()[0] : node.real("min", -Float.MAX_VALUE);
    double max = node.has(2) ? in.get(2).values()[0] : node.real("max", Float.MAX_VALUE);
    return in.get(0).map(v -> Math.min(max, Math.max(min, v)));
  }

  private static DoubleTensor batchNormalization(Node node, List<DoubleTensor> in) {
    double epsilon = node.real("epsilon", 1e-5f);
    return DoubleTensor.each(
        in.get(0).dims(),
        i ->
            (in.get(0).at(i) - in.get(3).at(i[1]))
                    / Math.sqrt(in.get(4).at(i[1]) + epsilon)
                    * in.get(1).at(i[1])
                + in.get(2).at(i[1]));
  }

  private static DoubleTensor reduce(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    boolean[] reduced = new boolean[x.rank()];
    if (node.operator().startsWith("Global")) {
      Arrays.fill(reduced, 2, reduced.length, true);
    } else {
      for (int axis : axes(node, in, x.rank())) {
        reduced[axis] = true;
      }
    }
    int[] dims = x.dims();
    int cells = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      if (reduced[axis]) {
        cells *= dims[axis];
        dims[axis] = 1;
      }
    }
    boolean min = node.operator().equals("ReduceMin");
    boolean max = node.operator().endsWith("Max") || node.operator().equals("GlobalMaxPool");
    boolean norm = node.operator().equals("ReduceL2");
    double share = norm || node.operator().equals("ReduceSum") ? 1 : 1.0 / cells;
    double[] totals = new double[DoubleTensor.size(dims)];
    Arrays.fill(totals, max ? Double.NEGATIVE_INFINITY : min ? Double.POSITIVE_INFINITY : 0);
    DoubleTensor total = new DoubleTensor(dims, totals);
    DoubleTensor place = DoubleTensor.each(dims, i -> 0);
    for (int i = 0; i < totals.length; i++) {
      place.values()[i] = i;
    }
    DoubleTensor unused =
        DoubleTensor.each(
            x.dims(),
            i -> {
              int to = (int) place.broadcastAt(i);
              double v = norm ? x.at(i) * x.at(i) : x.at(i);
              totals[to] =
                  max
                      ? Math.max(totals[to], v)
                      : min ? Math.min(totals[to], v) : totals[to] + share * v;
              return 0;
            });
    if (norm) {
      Arrays.setAll(totals, i -> Math.sqrt(totals[i]));
    }
    if (node.integer("keepdims", 1) != 0) {
      return total;
    }
    List<Integer> left = new ArrayList<>();
    for (int axis = 0; axis < dims.length; axis++) {
      if (!reduced[axis]) {
        left.add(dims[axis]);
      }
    }
    return total.reshaped(left.stream().mapToInt(Integer::intValue).toArray());
  }

  private static int[] axes(Node node, List<DoubleTensor> in, int rank) {
    return (node.has(1)
            ? Arrays.stream(in.get(1).values()).mapToInt(v -> (int) v)
            : node.integers("axes").orElseThrow().stream().mapToInt(Long::intValue))
        .map(axis -> axis < 0 ? axis + rank : axis)
        .sorted()
        .toArray();
  }

  private static DoubleTensor gemm(Node node, List<DoubleTensor> in) {
    DoubleTensor b = in.get(1);
    DoubleTensor right =
        node.integer("transB", 0) == 0
            ? b
            : DoubleTensor.each(new int[] {b.dim(1), b.dim(0)}, i -> b.at(i[1], i[0]));
    DoubleTensor product = matMul(in.get(0), right).map(v -> v * node.real("alpha", 1));
    return node.has(2) ? product.with(in.get(2), (p, c) -> p + node.real("beta", 1) * c) : product;
  }

  private static DoubleTensor matMul(DoubleTensor a, DoubleTensor b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] stackA = a.dims();
    int[] stackB = b.dims();
    Arrays.fill(stackA, a.rank() - 2, a.rank(), 1);
    Arrays.fill(stackB, b.rank() - 2, b.rank(), 1);
    int[] dims = DoubleTensor.broadcast(stackA, stackB);
    dims[rank - 2] = a.dim(a.rank() - 2);
    dims[rank - 1] = b.dim(b.rank() - 1);
    int inner = a.dim(a.rank() - 1);
    return DoubleTensor.each(
        dims,
        i -> {
          double sum = 0;
          for (int k = 0; k < inner; k++) {
            int[] left = i.clone();
            int[] right = i.clone();
            left[rank - 1] = k;
            right[rank - 2] = k;
            sum += matrixAt(a, left) * matrixAt(b, right);
          }
          return sum;
        });
  }

  private static double matrixAt(DoubleTensor t, int[] index) {
    int[] own = new int[t.rank()];
    for (int axis = 0; axis < own.length; axis++) {
      boolean repeated = axis < own.length - 2 && t.dim(axis) == 1;
      own[axis] = repeated ? 0 : index[index.length - own.length + axis];
    }
    return t.at(own);
  }

  private static DoubleTensor reshape(DoubleTensor x, DoubleTensor target) {
    int[] dims = new int[target.values().length];
    int free = -1;
    int known = 1;
    for (int i = 0; i < dims.length; i++) {
      int dim = (int) target.values()[i];
      dims[i] = dim == 0 ? x.dim(i) : dim;
      if (dim == -1) {
        free = i;
      } else {
        known *= dims[i];
      }
    }
    if (free >= 0) {
      dims[free] = x.values().length / known;
    }
    return x.reshaped(dims);
  }

  private static DoubleTensor squeeze(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    List<Integer> dims = new ArrayList<>(Arrays.stream(x.dims()).boxed().toList());
    boolean out = node.operator().equals("Squeeze");
    int named =
        node.has(1) ? in.get(1).values().length : node.integers("axes").orElseThrow().size();
    int[] axes = axes(node, in, out ? x.rank() : x.rank() + named);
    for (int i = 0; i < axes.length; i++) {
      if (out) {
        dims.remove(axes[axes.length - 1 - i]);
      } else {
        dims.add(axes[i], 1);
      }
    }
    return x.reshaped(dims.stream().mapToInt(Integer::intValue).toArray());
  }

  private static DoubleTensor transpose(Node node, DoubleTensor x) {
    int[] perm = node.integers("perm").orElseThrow().stream().mapToInt(Long::intValue).toArray();
    int[] dims = Arrays.stream(perm).map(x::dim).toArray();
    return DoubleTensor.each(
        dims,
        i -> {
          int[] from = new int[perm.length];
          for (int axis = 0; axis < perm.length; axis++) {
            from[perm[axis]] = i[axis];
          }
          return x.at(from);
        });
  }

  private static DoubleTensor concat(Node node, List<DoubleTensor> in) {
    int given = (int) node.integer("axis", 1);
    int axis = given < 0 ? given + in.get(0).rank() : given;
    int[] dims = in.get(0).dims();
    dims[axis] = in.stream().mapToInt(part -> part.dim(axis)).sum();
    return DoubleTensor.each(
        dims,
        i -> {
          int[] from = i.clone();
          for (DoubleTensor part : in) {
            if (from[axis] < part.dim(axis)) {
              return part.at(from);
            }
            from[axis] -= part.dim(axis);
          }
          throw new IllegalStateException();
        });
  }

  private static DoubleTensor pad(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    int rank = x.rank();
    int[] pads =
        node.has(1)
            ? Arrays.stream(in.get(1).values()).mapToInt(v -> (int) v).toArray()
            : node.integers("pads").orElseThrow().stream().mapToInt(Long::intValue).toArray();
    int[] dims = x.dims();
    for (int axis = 0; axis < rank; axis++) {
      dims[axis] += pads[axis] + pads[rank + axis];
    }
    double value = in.size() > 2 ? in.get(2).values()[0] : 0;
    return DoubleTensor.each(
        dims,
        i -> {
          int[] from = i.clone();
          for (int axis = 0; axis < rank; axis++) {
            from[axis] -= pads[axis];
            if (from[axis] < 0 || from[axis] >= x.dim(axis)) {
              return value;
            }
          }
          return x.at(from);
        });
  }

  private static DoubleTensor softmax(DoubleTensor x, int given, boolean rows) {
    int axis = given < 0 ? given + x.rank() : given;
    if (rows) {
      int size = Arrays.stream(x.dims(), axis, x.rank()).reduce(1, (a, b) -> a * b);
      DoubleTensor flat = x.reshaped(x.values().length / size, size);
      return softmax(flat, 1, false).reshaped(x.dims());
    }
    return DoubleTensor.each(
        x.dims(),
        i -> {
          double sum = 0;
          for (int c = 0; c < x.dim(axis); c++) {
            int[] other = i.clone();
            other[axis] = c;
            sum += Math.exp(x.at(other));
          }
          return Math.exp(x.at(i)) / sum;
        });
  }

  /** The alternating series, which loses few digits where |x| is small, as it is here. */
  private static double erf(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return sum * 2 / Math.sqrt(Math.PI);
  }

  private static DoubleTensor where(List<DoubleTensor> in) {
    int[] dims = DoubleTensor.broadcast(in.get(0).dims(), in.get(1).dims());
    return DoubleTensor.each(
        DoubleTensor.broadcast(dims, in.get(2).dims()),
        i -> in.get(in.get(0).broadcastAt(i) != 0 ? 1 : 2).broadcastAt(i));
  }

  private static DoubleTensor expand(DoubleTensor x, DoubleTensor target) {
    int[] dims = Arrays.stream(target.values()).mapToInt(v -> (int) v).toArray();
    return DoubleTensor.each(DoubleTensor.broadcast(x.dims(), dims), x::broadcastAt);
  }

  private static DoubleTensor slice(List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    int[] dims = x.dims();
    int[] starts = new int[dims.length];
    int[] steps = new int[dims.length];
    Arrays.fill(steps, 1);
    for (int k = 0; k < in.get(3).values().length; k++) {
      int given = (int) in.get(3).at(k);
      int axis = given < 0 ? given + dims.length : given;
      double start = in.get(1).at(k);
      double end = in.get(2).at(k);
      starts[axis] = (int) (start < 0 ? start + x.dim(axis) : start);
      steps[axis] = in.size() > 4 ? (int) in.get(4).at(k) : 1;
      int until = (int) Math.min(end < 0 ? end + x.dim(axis) : end, x.dim(axis));
      dims[axis] = 0;
      if (steps[axis] < 0) {
        starts[axis] = Math.min(starts[axis], x.dim(axis) - 1);
        until = Math.max(until, -1);
        for (int at = starts[axis]; at > until; at += steps[axis]) {
          dims[axis]++;
        }
        continue;
      }
      for (int at = starts[axis]; at < until; at += steps[axis]) {
        dims[axis]++;
      }
    }
    return DoubleTensor.each(
        dims,
        i -> {
          int[] from = i.clone();
          for (int axis = 0; axis < from.length; axis++) {
            from[axis] = starts[axis] + i[axis] * steps[axis];
          }
          return x.at(from);
        });
  }

  private static DoubleTensor gather(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    DoubleTensor indices = in.get(1);
    int given = (int) node.integer("axis", 0);
    int axis = given < 0 ? given + x.rank() : given;
    List<Integer> dims = new ArrayList<>(Arrays.stream(x.dims()).boxed().toList());
    dims.remove(axis);
    dims.addAll(axis, Arrays.stream(indices.dims()).boxed().toList());
    return DoubleTensor.each(
        dims.stream().mapToInt(Integer::intValue).toArray(),
        i -> {
          int index = (int) indices.at(Arrays.copyOfRange(i, axis, axis + indices.rank()));
          int[] from = new int[x.rank()];
          System.arraycopy(i, 0, from, 0, axis);
          from[axis] = index < 0 ? index + x.dim(axis) : index;
          System.arraycopy(i, axis + indices.rank(), from, axis + 1, x.rank() - axis - 1);
          return x.at(from);
        });
  }

  private static DoubleTensor layerNormalization(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    int given = (int) node.integer("axis", -1);
    int first = given < 0 ? given + x.rank() : given;
    int cells = 1;
    for (int axis = first; axis < x.rank(); axis++) {
      cells *= x.dim(axis);
    }
    double[] normal = new double[x.values().length];
    for (int from = 0; from < normal.length; from += cells) {
      double[] row = Arrays.copyOfRange(x.values(), from, from + cells);
      double mean = Arrays.stream(row).average().orElseThrow();
      double variance =
          Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      for (int i = 0; i < cells; i++) {
        normal[from + i] = (row[i] - mean) / Math.sqrt(variance + node.real("epsilon", 1e-5f));
      }
    }
    DoubleTensor scaled = new DoubleTensor(x.dims(), normal).with(in.get(1), (a, b) -> a * b);
    return node.has(2) ? scaled.with(in.get(2), Double::sum) : scaled;
  }

  private static DoubleTensor instanceNormalization(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    int cells = x.values().length / (x.dim(0) * x.dim(1));
    double[] normal = new double[x.values().length];
    for (int from = 0; from < normal.length; from += cells) {
      double[] map = Arrays.copyOfRange(x.values(), from, from + cells);
      double mean = Arrays.stream(map).sum() / cells;
      double squares = Arrays.stream(map).map(v -> v * v).sum() / cells;
      double deviation = Math.sqrt(squares - mean * mean + node.real("epsilon", 1e-5f));
      int channel = from / cells % x.dim(1);
      for (int i = 0; i < cells; i++) {
        normal[from + i] =
            (map[i] - mean) / deviation * in.get(1).at(channel) + in.get(2).at(channel);
      }
    }
    return new DoubleTensor(x.dims(), normal);
  }

  private static DoubleTensor einsum(Node node, DoubleTensor a, DoubleTensor b) {
    String[] terms = node.text("equation", "").replace(" ", "").split(",|->", -1);
    Map<Integer, Integer> lengths = new HashMap<>();
    for (int axis = 0; axis < a.rank(); axis++) {
      lengths.put((int) terms[0].charAt(axis), a.dim(axis));
      lengths.put((int) terms[1].charAt(axis), b.dim(axis));
    }
    String labels =
        terms[2]
            + terms[0]
                .chars()
                .filter(c -> terms[2].indexOf(c) < 0)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append);
    int[] all = labels.chars().map(lengths::get).toArray();
    int[] dims = Arrays.copyOf(all, terms[2].length());
    double[] sums = new double[DoubleTensor.size(dims)];
    int inner = DoubleTensor.size(all) / sums.length;
    int[] at = new int[1];
    DoubleTensor unused =
        DoubleTensor.each(
            all,
            i -> {
              double left = a.at(terms[0].chars().map(c -> i[labels.indexOf(c)]).toArray());
              double right = b.at(terms[1].chars().map(c -> i[labels.indexOf(c)]).toArray());
              sums[at[0]++ / inner] += left * right;
              return 0;
            });
    return new DoubleTensor(dims, sums);
  }

  private static void split(Node node, List<DoubleTensor> in, Map<String, DoubleTensor> values) {
    DoubleTensor x = in.get(0);
    int axis = Math.floorMod((int) node.integer("axis", 0), x.rank());
    int start = 0;
    for (int part = 0; part < node.outputs().size(); part++) {
      int from = start;
      int[] dims = x.dims();
      int most = (x.dim(axis) + node.outputs().size() - 1) / node.outputs().size();
      dims[axis] =
          node.has(1) ? (int) in.get(1).values()[part] : Math.min(most, x.dim(axis) - from);
      values.put(
          node.outputs().get(part),
          DoubleTensor.each(
              dims,
              i -> {
                int[] at = i.clone();
                at[axis] += from;
                return x.at(at);
              }));
      start += dims[axis];
    }
  }
}
