package dev.sightline.server.engine;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.onnxruntime.engine.OrtNDArray;
import ai.djl.training.ParameterStore;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/**
 * One graph loaded into ONNX Runtime through DJL: named arrays in, named arrays out. On the CPU its
 * weights are shared with every other session that has the same. Thread-safe; a run computes on the
 * calling thread.
 */
final class OnnxSession implements AutoCloseable {

  /** ONNX Runtime has one environment in a process, so one pool of weights is enough. */
  private static final SharedWeights WEIGHTS = new SharedWeights();

  private final Model model;
  private final EngineSettings.Device device;
  private final SharedWeights.Lease weights;

  private OnnxSession(Model model, EngineSettings.Device device, SharedWeights.Lease weights) {
    this.model = model;
    this.device = device;
    this.weights = weights;
  }

  /** Loads a graph; {@link EngineException} if ONNX Runtime refuses it. */
  static OnnxSession open(String name, ModelProto graph, EngineSettings settings) {
    OnnxEnvironment.create();
    Model model = Model.newInstance(name, OnnxEnvironment.ENGINE);
    SharedWeights.Lease weights = WEIGHTS.lease();
    try {
      Providers.Chosen chosen = Providers.choose(settings);
      try (SessionOptions options = chosen.options()) {
        if (chosen.device() == EngineSettings.Device.CPU) {
          loadSharing(model, graph, settings, options, weights);
        } else {
          // A GPU has its own copy of them in any case.
          load(model, graph.toByteArray(), options);
        }
      }
      return new OnnxSession(model, chosen.device(), weights);
    } catch (OrtException | MalformedModelException | IOException e) {
      close(model, weights);
      throw new EngineException(
          "ONNX Runtime cannot load the graph of %s: %s"
              .formatted(name, EngineException.rootMessage(e)),
          e);
    } catch (RuntimeException | Error e) {
      close(model, weights);
      throw e;
    }
  }

  private static void loadSharing(
      Model model,
      ModelProto graph,
      EngineSettings settings,
      SessionOptions options,
      SharedWeights.Lease weights)
      throws OrtException, MalformedModelException, IOException {
    try (SessionOptions optimizing = Providers.cpu(settings);
        OptimizedModel optimized = OptimizedModel.of(graph, optimizing);
        DetachedModel detached =
            DetachedModel.of(optimized.model(), optimized.readInPlace()::contains, weights::add)) {
      detached.shareWith(options);
      options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
      options.addConfigEntry(SharedArena.CONFIG_ENTRY, "1");
      load(model, detached.onnx(), options);
    }
  }

  private static void load(Model model, byte[] onnx, SessionOptions options)
      throws MalformedModelException, IOException {
    model.load(new ByteArrayInputStream(onnx), Map.of("sessionOptions", options));
  }

  /** In this order: a session reads its weights until it is closed. */
  private static void close(Model model, SharedWeights.Lease weights) {
    model.close();
    weights.close();
  }

  String name() {
    return model.getName();
  }

  /** Where the graph really runs. */
  EngineSettings.Device device() {
    return device;
  }

  /** A run: inputs are added by name, then {@link #outputs} computes. Not thread-safe. */
  final class Run implements AutoCloseable {
    private final NDManager manager = model.getNDManager().newSubManager();
    private final NDList inputs = new NDList();

    /** Adds floats from a direct buffer, from index 0. */
    Run input(String name, FloatBuffer values, long... dims) {
      Shape shape = new Shape(dims);
      FloatBuffer exact = values.duplicate().clear().slice(0, Math.toIntExact(shape.size()));
      return add(name, manager.create(exact, shape, DataType.FLOAT32));
    }

    /** Adds a vector of integers, filled up to a length. */
    Run input(String name, int[] values, int length, long filler) {
      LongBuffer buffer =
          ByteBuffer.allocateDirect(length * Long.BYTES)
              .order(ByteOrder.nativeOrder())
              .asLongBuffer();
      for (int i = 0; i < length; i++) {
        buffer.put(i, i < values.length ? values[i] : filler);
      }
      return add(name, manager.create(buffer, new Shape(length), DataType.INT64));
    }

    private Run add(String name, NDArray array) {
      array.setName(name);
      inputs.add(array);
      return this;
    }

    Outputs outputs() {
      try {
        return new Outputs(
            model.getBlock().forward(new ParameterStore(manager, false), inputs, false));
      } catch (RuntimeException e) {
        throw new EngineException(
            "ONNX Runtime failed on %s: %s".formatted(name(), EngineException.rootMessage(e)), e);
      }
    }

    /** Frees inputs and outputs. */
    @Override
    public void close() {
      manager.close();
    }
  }

  /** What a run computed, valid until the run is closed. */
  record Outputs(NDList arrays) {

    float[] floats(String name) {
      return floats(find(name));
    }

    private static float[] floats(NDArray array) {
      // NDArray.toFloatArray would copy twice.
      return ((OrtNDArray) array).getTensor().getFloatBuffer().array();
    }

    int[] ints(String name) {
      LongBuffer buffer = find(name).toByteBuffer().asLongBuffer();
      int[] values = new int[buffer.remaining()];
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.toIntExact(buffer.get(i));
      }
      return values;
    }

    private NDArray find(String name) {
      for (NDArray array : arrays) {
        if (name.equals(array.getName())) {
          return array;
        }
      }
      throw new IllegalStateException("the graph has no output " + name);
    }
  }

  @Override
  public void close() {
    close(model, weights);
  }
}
