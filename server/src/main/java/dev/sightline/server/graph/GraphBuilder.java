package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Builds an ONNX model piece by piece, in the order of its computation.
 *
 * <pre>{@code
 * GraphBuilder graph = new GraphBuilder("tiny").input("input", 3, 32, 32);
 * graph.initializer("w", weights, 8, 3, 3, 3);
 * graph.node("Conv", List.of("input", "w"), "conv", Attributes.integers("pads", 1, 1, 1, 1));
 * graph.node("GlobalAveragePool", List.of("conv"), "pooled");
 * graph.node("Flatten", List.of("pooled"), "logits");
 * ModelProto model = graph.output("logits", 8).build();
 * }</pre>
 *
 * <p>Every name is defined once and before it is used; a breach is an {@link
 * IllegalArgumentException}. Not thread-safe.
 */
public final class GraphBuilder {
  /** The name of the symbolic batch dimension. */
  public static final String BATCH = "N";

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Set<String> defined = new HashSet<>();
  private int opset = 17;
  private int irVersion = 8;

  /** Starts an empty graph of operator set 17 and IR version 8. */
  public GraphBuilder(String name) {
    graph.setName(name);
  }

  /** Sets the version of ONNX's default operator set. */
  public GraphBuilder opset(int version) {
    opset = version;
    return this;
  }

  /** Sets the version of ONNX's file format. */
  public GraphBuilder irVersion(int version) {
    irVersion = version;
    return this;
  }

  /** Adds a float input of shape N × dims; N stays symbolic. */
  public GraphBuilder input(String name, long... dims) {
    return input(name, DataType.FLOAT, BATCH, dims);
  }

  /** Adds an input of shape batch × dims, the first dimension symbolic under the given name. */
  public GraphBuilder input(String name, DataType type, String batch, long... dims) {
    define(name);
    graph.addInput(value(name, type, batch, dims));
    return this;
  }

  /** Adds a float output of shape N × dims. */
  public GraphBuilder output(String name, long... dims) {
    return output(name, DataType.FLOAT, BATCH, dims);
  }

  /** Adds an output of shape batch × dims, the first dimension symbolic under the given name. */
  public GraphBuilder output(String name, DataType type, String batch, long... dims) {
    use(name);
    graph.addOutput(value(name, type, batch, dims));
    return this;
  }

  /**
   * Adds a float32 constant; values are row-major.
   *
   * @return its name
   */
  public String initializer(String name, float[] values, long... dims) {
    ByteBuffer data = littleEndian(values.length * Float.BYTES);
    data.asFloatBuffer().put(values);
    return initializer(name, DataType.FLOAT, data, values.length, dims);
  }

  /**
   * Adds an int64 constant; values are row-major.
   *
   * @return its name
   */
  public String initializer(String name, long[] values, long... dims) {
    ByteBuffer data = littleEndian(values.length * Long.BYTES);
    data.asLongBuffer().put(values);
    return initializer(name, DataType.INT64, data, values.length, dims);
  }

  /**
   * Adds an int32 constant; values are row-major.
   *
   * @return its name
   */
  public String initializer(String name, int[] values, long... dims) {
    ByteBuffer data = littleEndian(values.length * Integer.BYTES);
    data.asIntBuffer().put(values);
    return initializer(name, DataType.INT32, data, values.length, dims);
  }

  /**
   * Adds a constant as it is.
   *
   * @return its name
   */
  public String initializer(TensorProto tensor) {
    define(tensor.getName());
    graph.addInitializer(tensor);
    return tensor.getName();
  }

  /**
   * Adds a node with one output; an empty input name is an optional input left out.
   *
   * @return the output's name
   */
  public String node(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    return node(operator, inputs, List.of(output), attributes).get(0);
  }

  /**
   * Adds a node, named after its first output.
   *
   * @return the outputs' names
   */
  public List<String> node(
      String operator, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
    node(
        NodeProto.newBuilder()
            .setName(outputs.get(0))
            .setOpType(operator)
            .addAllInput(inputs)
            .addAllOutput(outputs)
            .addAllAttribute(Arrays.asList(attributes))
            .build());
    return List.copyOf(outputs);
  }

  /** Adds a node as it is. */
  public GraphBuilder node(NodeProto node) {
    node.getInputList().stream().filter(name -> !name.isEmpty()).forEach(this::use);
    node.getOutputList().stream().filter(name -> !name.isEmpty()).forEach(this::define);
    graph.addNode(node);
    return this;
  }

  /** True if an input, a constant or a node's output of this name exists already. */
  public boolean defines(String name) {
    return defined.contains(name);
  }

  /** The model so far. */
  public ModelProto build() {
    return ModelProto.newBuilder()
        .setIrVersion(irVersion)
        .setProducerName("sightline")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .setGraph(graph)
        .build();
  }

  private String initializer(String name, DataType type, ByteBuffer data, int size, long... dims) {
    long elements = 1;
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name);
    for (long dim : dims) {
      elements *= dim;
      tensor.addDims(dim);
    }
    if (elements != size) {
      throw new IllegalArgumentException(
          "constant '"
              + name
              + "' of shape "
              + Arrays.toString(dims)
              + " was given "
              + size
              + " values");
    }
    return initializer(
        tensor.setDataType(type.getNumber()).setRawData(ByteString.copyFrom(data)).build());
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ValueInfoProto value(String name, DataType type, String batch, long... dims) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(batch));
    for (long dim : dims) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape)))
        .build();
  }

  private void define(String name) {
    if (name.isEmpty() || !defined.add(name)) {
      throw new IllegalArgumentException(
          name.isEmpty() ? "a tensor needs a name" : "'" + name + "' is defined twice");
    }
  }

  private void use(String name) {
    if (!defined.contains(name)) {
      throw new IllegalArgumentException("'" + name + "' is used before it is defined");
    }
  }
}
