package dev.sightline.server.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory into which passes write, one after the other, so that a pass leaves nothing to collect:
 * the logits, activations and gradients of a batch are megabytes. Grows to the largest pass that
 * used it. Belongs to one thread.
 */
public final class PassBuffers {

  /** Larger ones are for one pass only: kept by every worker, they would add up. */
  static final int MOST_KEPT_FLOATS = 4 << 20;

  private final Map<String, FloatBuffer> floats = new HashMap<>();
  private final Map<String, LongBuffer> longs = new HashMap<>();
  private final Map<String, float[]> arrays = new HashMap<>();

  /** Whether that many floats are kept here. */
  static boolean keeps(long count) {
    return count <= MOST_KEPT_FLOATS;
  }

  /** Native memory for exactly that many floats, which holds what was written there before. */
  FloatBuffer floats(String name, int count) {
    FloatBuffer known = floats.get(name);
    if (known == null || known.capacity() < count) {
      known = direct(count * Float.BYTES).asFloatBuffer();
      floats.put(name, known);
    }
    return known.slice(0, count);
  }

  /** Native memory for exactly that many integers. */
  LongBuffer longs(String name, int count) {
    LongBuffer known = longs.get(name);
    if (known == null || known.capacity() < count) {
      known = direct(count * Long.BYTES).asLongBuffer();
      longs.put(name, known);
    }
    return known.slice(0, count);
  }

  /** What is in native memory, in an array that may be longer. */
  float[] array(String name, FloatBuffer values) {
    float[] known = arrays.get(name);
    if (known == null || known.length < values.capacity()) {
      known = new float[values.capacity()];
      arrays.put(name, known);
    }
    values.get(0, known, 0, values.capacity());
    return known;
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
