package dev.sightline.server.engine;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A model without its large constants, and these beside it as ONNX Runtime takes them: by name, in
 * memory that belongs to someone else.
 *
 * <p>Not thread-safe. It is closed as soon as the session is open; the memory has to outlive the
 * session.
 */
final class DetachedModel implements AutoCloseable {
  /** Smaller ones stay: shapes are inferred from them, and a name costs as much. */
  private static final int LEAST_BYTES = 1024;

  private static final Map<Integer, OnnxJavaType> TYPES =
      Map.of(
          TensorProto.DataType.FLOAT_VALUE, OnnxJavaType.FLOAT,
          TensorProto.DataType.FLOAT16_VALUE, OnnxJavaType.FLOAT16,
          TensorProto.DataType.DOUBLE_VALUE, OnnxJavaType.DOUBLE,
          TensorProto.DataType.INT8_VALUE, OnnxJavaType.INT8,
          TensorProto.DataType.UINT8_VALUE, OnnxJavaType.UINT8,
          TensorProto.DataType.INT32_VALUE, OnnxJavaType.INT32,
          TensorProto.DataType.INT64_VALUE, OnnxJavaType.INT64);

  private final ModelProto model;
  private final Map<String, OnnxTensor> constants;

  private DetachedModel(ModelProto model, Map<String, OnnxTensor> constants) {
    this.model = model;
    this.constants = constants;
  }

  /**
   * Takes constants out of a model.
   *
   * @param detached which ones, by name, if they are large at all
   * @param home puts a constant's bytes where they will stay, which is outside the Java heap
   */
  static DetachedModel of(
      ModelProto model, Predicate<String> detached, UnaryOperator<ByteBuffer> home)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> constants = new HashMap<>();
    DetachedModel parts = new DetachedModel(model, constants);
    try {
      GraphProto.Builder graph = model.getGraph().toBuilder();
      for (int i = 0; i < graph.getInitializerCount(); i++) {
        TensorProto constant = graph.getInitializer(i);
        OnnxJavaType type = TYPES.get(constant.getDataType());
        if (type != null
            && constant.getRawData().size() >= LEAST_BYTES
            && detached.test(constant.getName())) {
          ByteBuffer bytes = home.apply(constant.getRawData().asReadOnlyByteBuffer());
          long[] dims = constant.getDimsList().stream().mapToLong(Long::longValue).toArray();
          constants.put(
              constant.getName(), OnnxTensor.createTensor(environment, bytes, dims, type));
          graph.setInitializer(i, elsewhere(constant));
        }
      }
      return new DetachedModel(model.toBuilder().setGraph(graph).build(), constants);
    } catch (OrtException | RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  /** The same constant without its bytes, in a file that nobody will look for. */
  private static TensorProto elsewhere(TensorProto constant) {
    return constant.toBuilder()
        .clearRawData()
        .setDataLocation(DataLocation.EXTERNAL)
        .addExternalData(
            StringStringEntryProto.newBuilder().setKey("location").setValue("elsewhere"))
        .build();
  }

  /** The bytes of the model without the constants. */
  byte[] onnx() {
    return model.toByteArray();
  }

  /** Lets a session read the constants while it is opened, and copy what it keeps. */
  void lendTo(SessionOptions options) throws OrtException {
    if (!constants.isEmpty()) {
      options.addExternalInitializers(Map.<String, OnnxTensorLike>copyOf(constants));
    }
  }

  /** Lets a session use the constants where they are, for as long as it lives. */
  void shareWith(SessionOptions options) throws OrtException {
    // Without the first step ONNX Runtime would look for the file.
    lendTo(options);
    for (Map.Entry<String, OnnxTensor> constant : constants.entrySet()) {
      options.addInitializer(constant.getKey(), constant.getValue());
    }
  }

  /** Frees ONNX Runtime's names for the constants, not their memory. */
  @Override
  public void close() {
    constants.values().forEach(OnnxTensor::close);
  }
}
