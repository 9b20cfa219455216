package dev.sightline.heatmap;

import com.google.protobuf.ByteString;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ValueRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Grids as bytes: little-endian float32, or float16 between the ends of a range. */
final class GridCodec {
  private GridCodec() {}

  static byte[] float32(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes.array();
  }

  static byte[] float16(float[] values, float min, float max) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Short.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (float u : Values.normalised(values, min, max)) {
      // Rounding may leave a u just above 1.
      bytes.putShort(Float16.of(Math.min(u, 1)));
    }
    return bytes.array();
  }

  static Grid read(Encoding encoding, int height, int width, ValueRange range, ByteString data) {
    int bytesPerValue = encoding == Encoding.ENCODING_GRID_FLOAT32 ? Float.BYTES : Short.BYTES;
    long expected = (long) height * width * bytesPerValue;
    if (data.size() != expected) {
      throw new MalformedHeatmapException(
          "%d bytes for a grid of %d x %d in %s; it takes %d"
              .formatted(data.size(), height, width, encoding, expected));
    }
    ByteBuffer bytes = data.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[height * width];
    if (encoding == Encoding.ENCODING_GRID_FLOAT32) {
      bytes.asFloatBuffer().get(values);
      if (!Values.allFinite(values)) {
        throw new MalformedHeatmapException("the grid holds NaN or infinity");
      }
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = between(range, Float16.toFloat(bytes.getShort()));
      }
    }
    return new Grid(height, width, values);
  }

  private static float between(ValueRange range, float u) {
    if (!(u >= 0 && u <= 1)) {
      throw new MalformedHeatmapException("the grid holds %s, which is not in [0, 1]".formatted(u));
    }
    return (float) (range.getMin() + u * ((double) range.getMax() - range.getMin()));
  }
}
