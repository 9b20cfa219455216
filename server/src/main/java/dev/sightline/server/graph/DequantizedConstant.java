package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Weights that a graph holds as integers and brings back to float32 by DequantizeLinear. */
final class DequantizedConstant {
  private DequantizedConstant() {}

  /**
   * What such a node gives: (q − zero point) · scale.
   *
   * @return a constant under the name of the node's output; null if the node's inputs are no
   *     constants, or of a type or a shape of scales that no weights have
   */
  static @Nullable Constant of(Node node, Network network) {
    Constant quantized = network.constants().get(node.input(0));
    Constant scale = network.constants().get(node.input(1));
    Constant zeroPoint = node.has(2) ? network.constants().get(node.input(2)) : null;
    if (quantized == null
        || scale == null
        || !scale.isFloat()
        || scale.shape().rank() > 1
        || (node.has(2) && zeroPoint == null)) {
      return null;
    }
    int[] values = bytes(quantized.proto());
    int[] zeros = zeroPoint == null ? null : bytes(zeroPoint.proto());
    float[] scales = scale.floats();
    if (values == null || (zeroPoint != null && zeros == null)) {
      return null;
    }
    Shape shape = quantized.shape();
    int axis = Shape.axis(node.integer("axis", 1), Math.max(1, shape.rank()));
    long inner = shape.dims().stream().skip(axis + 1L).reduce(1L, Math::multiplyExact);
    ByteBuffer floats =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      int channel = scales.length == 1 ? 0 : (int) (i / inner % shape.dim(axis));
      int zero = zeros == null ? 0 : zeros[zeros.length == 1 ? 0 : channel];
      floats.putFloat((values[i] - zero) * scales[channel]);
    }
    return new Constant(
        TensorProto.newBuilder()
            .setName(node.output())
            .setDataType(DataType.FLOAT.getNumber())
            .addAllDims(shape.dims())
            .setRawData(ByteString.copyFrom(floats.flip()))
            .build());
  }

  private static int @Nullable [] bytes(TensorProto tensor) {
    boolean signed = tensor.getDataType() == DataType.INT8.getNumber();
    if (!signed && tensor.getDataType() != DataType.UINT8.getNumber()) {
      return null;
    }
    if (!tensor.hasRawData()) {
      return tensor.getInt32DataList().stream().mapToInt(Integer::intValue).toArray();
    }
    ByteString raw = tensor.getRawData();
    int[] values = new int[raw.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = signed ? raw.byteAt(i) : raw.byteAt(i) & 0xff;
    }
    return values;
  }
}
