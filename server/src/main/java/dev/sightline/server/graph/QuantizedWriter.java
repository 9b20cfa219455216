package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** Writes a network whose tensors are bytes between the operators that compute with them. */
final class QuantizedWriter {
  /** A bias is an int32, as the sum of products is that it is added to; half is left to that. */
  private static final double GREATEST_BIAS = 1 << 30;

  private final ModelProto model;
  private final Network network;
  private final Set<Node> integer;
  private final Map<String, UnsignedBytes> bytes;
  private final Map<String, float[]> means;
  private final int greatestWeight;
  private final String prefix;
  private final Map<String, Consumer<GraphBuilder>> constants = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  /**
   * Takes what is to be written.
   *
   * @param integer the nodes that are to compute with bytes
   * @param bytes the tensors that are held as bytes
   * @param means of each channel of the tensors that are convolved
   * @param weightBits bits of a weight, its sign among them
   */
  QuantizedWriter(
      ModelProto model,
      Network network,
      Set<Node> integer,
      Map<String, UnsignedBytes> bytes,
      Map<String, float[]> means,
      int weightBits) {
    this.model = model;
    this.network = network;
    this.integer = integer;
    this.bytes = bytes;
    this.means = means;
    this.greatestWeight = (1 << (weightBits - 1)) - 1;
    this.prefix = new AddedNodes(network, "quantized/").prefix();
  }

  ModelProto write() {
    ImageInput input = network.input();
    // What a node gives gets another name, so that all others read what was brought back.
    Map<String, String> floats = new HashMap<>();
    Map<String, String> read = new HashMap<>();
    for (String tensor : bytes.keySet()) {
      boolean image = tensor.equals(input.name());
      floats.put(tensor, image ? tensor : prefix + tensor + "/float");
      read.put(tensor, image ? prefix + tensor : tensor);
      throughBytes(floats.get(tensor), prefix + tensor + "/bytes", read.get(tensor), tensor);
    }
    for (Node node : network.nodes()) {
      NodeProto.Builder written = node.proto().toBuilder().clearInput().clearOutput();
      node.inputs().forEach(name -> written.addInput(read.getOrDefault(name, name)));
      node.outputs().forEach(name -> written.addOutput(floats.getOrDefault(name, name)));
      if (integer.contains(node) && node.operator().equals("Conv")) {
        quantizeWeights(node, written);
      }
      nodes.add(new Node(written.build()));
    }
    Set<String> known = new HashSet<>(network.constants().keySet());
    known.addAll(constants.keySet());
    known.add(input.name());
    return new WrittenModel(model, network)
        .input(input.name(), input.channels(), input.height(), input.width())
        .nodes(TopologicalOrder.of(nodes, known), constants)
        .output(network.logits(), DataType.FLOAT, GraphBuilder.BATCH, network.classes())
        .build();
  }

  private void throughBytes(String from, String asBytes, String to, String tensor) {
    UnsignedBytes how = bytesOf(tensor);
    String scale = prefix + tensor + "/scale";
    String zeroPoint = prefix + tensor + "/zero_point";
    constants.put(scale, graph -> graph.initializer(scale, new float[] {how.scale()}));
    byte[] zero = {(byte) how.zeroPoint()};
    constants.put(zeroPoint, graph -> graph.initializer(tensor(zeroPoint, DataType.UINT8, zero)));
    node("QuantizeLinear", List.of(from, scale, zeroPoint), asBytes);
    node("DequantizeLinear", List.of(asBytes, scale, zeroPoint), to);
  }

  private void quantizeWeights(Node conv, NodeProto.Builder written) {
    String name = prefix + conv.output() + "/weights";
    Weights weights = weights(conv, name);
    written.setInput(1, name);
    String bias = bias(conv, weights);
    if (conv.inputs().size() > 2) {
      written.setInput(2, bias);
    } else {
      written.addInput(bias);
    }
  }

  /**
   * Weights as bytes.
   *
   * @param scales one an output channel
   * @param errors what rounding added to the sum of each kernel, output channels × input channels
   *     of a group
   */
  private record Weights(float[] scales, double[] errors) {}

  private Weights weights(Node conv, String name) {
    Constant constant = constant(conv, 1);
    float[] values = constant.floats();
    int outs = Math.toIntExact(constant.shape().dim(0));
    int ins = Math.toIntExact(constant.shape().dim(1));
    int each = values.length / outs;
    float[] scales = new float[outs];
    double[] errors = new double[outs * ins];
    byte[] quantized = new byte[values.length];
    for (int out = 0; out < outs; out++) {
      float greatest = 0;
      for (int i = out * each; i < (out + 1) * each; i++) {
        greatest = Math.max(greatest, Math.abs(values[i]));
      }
      scales[out] = Math.max(greatest / greatestWeight, leastScale(conv, out));
      for (int i = out * each; i < (out + 1) * each; i++) {
        quantized[i] = (byte) Math.round(values[i] / scales[out]);
        errors[i / (each / ins)] += (double) quantized[i] * scales[out] - values[i];
      }
    }
    long[] dims = constant.shape().dims().stream().mapToLong(Long::longValue).toArray();
    constants.put(
        name + "/bytes",
        graph -> graph.initializer(tensor(name + "/bytes", DataType.INT8, quantized, dims)));
    constants.put(name + "/scale", graph -> graph.initializer(name + "/scale", scales, outs));
    constants.put(
        name + "/zero_point",
        graph ->
            graph.initializer(tensor(name + "/zero_point", DataType.INT8, new byte[outs], outs)));
    node(
        "DequantizeLinear",
        List.of(name + "/bytes", name + "/scale", name + "/zero_point"),
        name,
        Attributes.integer("axis", 0));
    return new Weights(scales, errors);
  }

  /** The scale below which a channel's bias would be no int32. */
  private float leastScale(Node conv, int out) {
    double bias = conv.has(2) ? Math.abs(constant(conv, 2).floats()[out]) : 0;
    double least = bias / (GREATEST_BIAS * bytesOf(conv.input(0)).scale());
    return (float) Math.max(least, Float.MIN_NORMAL);
  }

  /**
   * The bias, less what the rounded weights add on average (the bias correction of Nagel et al.
   * 2019, §4.2, with the means measured in place of computed).
   */
  private String bias(Node conv, Weights weights) {
    int outs = weights.scales.length;
    int ins = weights.errors.length / outs;
    int outsOfGroup = Math.toIntExact(outs / conv.integer("group", 1));
    float[] values = conv.has(2) ? constant(conv, 2).floats() : new float[outs];
    float[] inputMeans = Objects.requireNonNull(means.get(conv.input(0)));
    float input = bytesOf(conv.input(0)).scale();
    float[] scales = new float[outs];
    int[] quantized = new int[outs];
    for (int out = 0; out < outs; out++) {
      double shift = 0;
      for (int in = 0; in < ins; in++) {
        shift += weights.errors[out * ins + in] * inputMeans[out / outsOfGroup * ins + in];
      }
      scales[out] = input * weights.scales[out];
      quantized[out] = Math.toIntExact(Math.round((values[out] - shift) / scales[out]));
    }
    String name = prefix + conv.output() + "/bias";
    constants.put(name + "/int32", graph -> graph.initializer(name + "/int32", quantized, outs));
    constants.put(name + "/scale", graph -> graph.initializer(name + "/scale", scales, outs));
    node(
        "DequantizeLinear",
        List.of(name + "/int32", name + "/scale"),
        name,
        Attributes.integer("axis", 0));
    return name;
  }

  private UnsignedBytes bytesOf(String tensor) {
    return Objects.requireNonNull(bytes.get(tensor));
  }

  private Constant constant(Node node, int input) {
    return Objects.requireNonNull(network.constants().get(node.input(input)));
  }

  private void node(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    nodes.add(
        new Node(
            NodeProto.newBuilder()
                .setName(prefix + output + "/" + operator)
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(Arrays.asList(attributes))
                .build()));
  }

  private static TensorProto tensor(String name, DataType type, byte[] values, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(values));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }
}
