package dev.sightline.server.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run of a graph: inputs and outputs are added by name, then {@link #compute} fills the
 * outputs. Those whose shape is told are written where the {@link PassBuffers} have them, unless
 * they are too large to be kept there. Not thread-safe.
 */
final class OnnxRun implements AutoCloseable {
  private final String model;
  private final OrtSession session;
  private final PassBuffers buffers;
  private final Map<String, OnnxTensor> inputs = new HashMap<>();
  private final Map<String, OnnxTensor> kept = new HashMap<>();
  private final Set<String> allocated = new HashSet<>();
  private OrtSession.@Nullable Result result;

  OnnxRun(String model, OrtSession session, PassBuffers buffers) {
    this.model = model;
    this.session = session;
    this.buffers = buffers;
  }

  /** Adds floats from a direct buffer, from index 0. */
  OnnxRun input(String name, FloatBuffer values, long... dims) {
    FloatBuffer exact = values.duplicate().clear().slice(0, Math.toIntExact(size(dims)));
    inputs.put(name, tensor(exact, dims));
    return this;
  }

  /** Adds a vector of integers, filled up to a length. */
  OnnxRun input(String name, int[] values, int length, long filler) {
    LongBuffer buffer = buffers.longs(name, length);
    for (int i = 0; i < length; i++) {
      buffer.put(i, i < values.length ? values[i] : filler);
    }
    inputs.put(name, tensor(buffer, length));
    return this;
  }

  /** Asks for floats of that shape. */
  OnnxRun output(String name, long... dims) {
    long size = size(dims);
    if (PassBuffers.keeps(size)) {
      kept.put(name, tensor(buffers.floats(name, (int) size), dims));
    } else {
      allocated.add(name);
    }
    return this;
  }

  /** Asks for floats of a shape that the graph knows. */
  OnnxRun output(String name) {
    allocated.add(name);
    return this;
  }

  /** Asks for a vector of integers. */
  OnnxRun integers(String name, int length) {
    kept.put(name, tensor(buffers.longs(name, length), length));
    return this;
  }

  OnnxRun compute() {
    try {
      result = session.run(inputs, allocated, kept);
      return this;
    } catch (OrtException e) {
      throw new EngineException(
          "ONNX Runtime failed on %s: %s".formatted(model, EngineException.rootMessage(e)), e);
    }
  }

  /** What was computed; the array may be longer, and holds until the buffers are used again. */
  float[] floats(String name) {
    OnnxTensor own = kept.get(name);
    return own != null
        ? buffers.array(name, (FloatBuffer) own.getBufferRef().orElseThrow())
        : computed(name).getFloatBuffer().array();
  }

  private OnnxTensor computed(String name) {
    if (result == null) {
      throw new IllegalStateException(name + " before it is computed");
    }
    return (OnnxTensor) result.get(name).orElseThrow();
  }

  int[] integers(String name) {
    OnnxTensor own = Objects.requireNonNull(kept.get(name));
    LongBuffer values = (LongBuffer) own.getBufferRef().orElseThrow();
    int[] integers = new int[values.capacity()];
    for (int i = 0; i < integers.length; i++) {
      integers[i] = Math.toIntExact(values.get(i));
    }
    return integers;
  }

  private static long size(long[] dims) {
    long size = 1;
    for (long dim : dims) {
      size = Math.multiplyExact(size, dim);
    }
    return size;
  }

  private OnnxTensor tensor(Buffer values, long... dims) {
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      return values instanceof FloatBuffer floats
          ? OnnxTensor.createTensor(environment, floats, dims)
          : OnnxTensor.createTensor(environment, (LongBuffer) values, dims);
    } catch (OrtException e) {
      throw new EngineException(
          "ONNX Runtime takes no memory of %s: %s".formatted(model, EngineException.rootMessage(e)),
          e);
    }
  }

  /** Frees inputs and outputs. */
  @Override
  public void close() {
    if (result != null) {
      result.close();
    }
    inputs.values().forEach(OnnxTensor::close);
    kept.values().forEach(OnnxTensor::close);
  }
}
