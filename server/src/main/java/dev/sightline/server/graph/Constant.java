package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** A constant tensor of a graph and the decoding of its values. */
record Constant(TensorProto proto) {
  Constant {
    if (proto.getDataLocation() == DataLocation.EXTERNAL) {
      throw new GraphException(
          "constant '"
              + proto.getName()
              + "' lies in another file (external data); save the model as one file");
    }
    if (proto.getDimsList().stream().anyMatch(dim -> dim < 0)) {
      throw new GraphException("constant '" + proto.getName() + "' has a negative length");
    }
  }

  String name() {
    return proto.getName();
  }

  Shape shape() {
    return new Shape(proto.getDimsList());
  }

  boolean isFloat() {
    return proto.getDataType() == DataType.FLOAT.getNumber();
  }

  boolean isInteger() {
    return proto.getDataType() == DataType.INT64.getNumber()
        || proto.getDataType() == DataType.INT32.getNumber();
  }

  /** The values of a float32 tensor, row-major; a new array. */
  float[] floats() {
    if (!isFloat()) {
      throw new GraphException("constant '" + name() + "' is not float32");
    }
    if (proto.hasRawData()) {
      ByteBuffer raw = raw(Float.BYTES);
      float[] values = new float[raw.remaining() / Float.BYTES];
      raw.asFloatBuffer().get(values);
      return values;
    }
    check(proto.getFloatDataCount());
    float[] values = new float[proto.getFloatDataCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = proto.getFloatData(i);
    }
    return values;
  }

  /** The values of an int64 or int32 tensor, row-major; a new array. */
  long[] integers() {
    if (proto.getDataType() == DataType.INT64.getNumber()) {
      if (proto.hasRawData()) {
        ByteBuffer raw = raw(Long.BYTES);
        long[] values = new long[raw.remaining() / Long.BYTES];
        raw.asLongBuffer().get(values);
        return values;
      }
      check(proto.getInt64DataCount());
      return proto.getInt64DataList().stream().mapToLong(Long::longValue).toArray();
    }
    if (proto.getDataType() == DataType.INT32.getNumber()) {
      if (proto.hasRawData()) {
        ByteBuffer raw = raw(Integer.BYTES);
        int[] values = new int[raw.remaining() / Integer.BYTES];
        raw.asIntBuffer().get(values);
        return IntStream.of(values).asLongStream().toArray();
      }
      check(proto.getInt32DataCount());
      return proto.getInt32DataList().stream().mapToLong(Integer::longValue).toArray();
    }
    throw new GraphException("constant '" + name() + "' is not an integer tensor");
  }

  /** The value of a boolean tensor of one element. */
  boolean truth() {
    return proto.hasRawData() ? proto.getRawData().byteAt(0) != 0 : proto.getInt32Data(0) != 0;
  }

  private ByteBuffer raw(int bytesEach) {
    int bytes = proto.getRawData().size();
    check(bytes / bytesEach);
    if (bytes % bytesEach != 0) {
      throw truncated();
    }
    return proto.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Before anything is made of the size that the shape says. */
  private void check(int values) {
    try {
      if (values != shape().elements()) {
        throw truncated();
      }
    } catch (ArithmeticException e) {
      throw truncated();
    }
  }

  private GraphException truncated() {
    return new GraphException(
        "constant '" + name() + "' does not hold as many values as its shape " + shape() + " says");
  }
}
