package dev.sightline.server.image;

import dev.sightline.v1.Reason;
import dev.sightline.v1.Tensor;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;

/** Copies tensors whose shape was checked. */
final class TensorCopy {
  private TensorCopy() {}

  static void copy(Tensor tensor, FloatBuffer into, int offset) {
    FloatBuffer values =
        tensor.getData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        throw notFinite(tensor, i, values.get(i));
      }
    }
    into.put(offset, values, 0, values.limit());
  }

  private static ImageException notFinite(Tensor tensor, int index, float value) {
    int column = index % tensor.getWidth();
    int row = index / tensor.getWidth() % tensor.getHeight();
    int channel = index / tensor.getWidth() / tensor.getHeight();
    return new ImageException(
        Reason.REASON_TENSOR_NOT_FINITE,
        "the tensor holds %s at channel %d, row %d, column %d; every value must be finite"
            .formatted(value, channel, row, column),
        Map.of(
            "channel", Integer.toString(channel),
            "row", Integer.toString(row),
            "column", Integer.toString(column)));
  }
}
