package dev.sightline.server.engine;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;

/**
 * One graph loaded into ONNX Runtime, in the environment that DJL made. On the CPU its weights are
 * shared with every other session that has the same. Thread-safe; a run computes on the calling
 * thread.
 *
 * <p>The session is ONNX Runtime's own and not DJL's block around it: that one lets the engine
 * allocate all outputs and copies them, 2.7 % of a MobileNetV1 pass of one frame and 400 kB of
 * garbage a frame.
 */
final class OnnxSession implements AutoCloseable {

  /** ONNX Runtime has one environment in a process, so one pool of weights is enough. */
  private static final SharedWeights WEIGHTS = new SharedWeights();

  private final String name;
  private final OrtSession session;
  private final EngineSettings.Device device;
  private final SharedWeights.Lease weights;

  private OnnxSession(
      String name, OrtSession session, EngineSettings.Device device, SharedWeights.Lease weights) {
    this.name = name;
    this.session = session;
    this.device = device;
    this.weights = weights;
  }

  /** Loads a graph; {@link EngineException} if ONNX Runtime refuses it. */
  static OnnxSession open(String name, ModelProto graph, EngineSettings settings) {
    OnnxEnvironment.create();
    SharedWeights.Lease weights = WEIGHTS.lease();
    try {
      Providers.Chosen chosen = Providers.choose(settings);
      try (SessionOptions options = chosen.options()) {
        OrtSession session =
            chosen.device() == EngineSettings.Device.CPU
                ? loadSharing(graph, settings, options, weights)
                // A GPU has its own copy of them in any case.
                : load(graph.toByteArray(), options);
        return new OnnxSession(name, session, chosen.device(), weights);
      }
    } catch (OrtException | IOException e) {
      weights.close();
      throw new EngineException(
          "ONNX Runtime cannot load the graph of %s: %s"
              .formatted(name, EngineException.rootMessage(e)),
          e);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  private static OrtSession loadSharing(
      ModelProto graph,
      EngineSettings settings,
      SessionOptions options,
      SharedWeights.Lease weights)
      throws OrtException, IOException {
    try (SessionOptions optimizing = Providers.cpu(settings);
        OptimizedModel optimized = OptimizedModel.of(graph, optimizing);
        DetachedModel detached =
            DetachedModel.of(optimized.model(), optimized.readInPlace()::contains, weights::add)) {
      detached.shareWith(options);
      options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
      options.addConfigEntry(SharedArena.CONFIG_ENTRY, "1");
      return load(detached.onnx(), options);
    } finally {
      FreedMemory.giveBack();
    }
  }

  private static OrtSession load(byte[] onnx, SessionOptions options) throws OrtException {
    return OrtEnvironment.getEnvironment().createSession(onnx, options);
  }

  String name() {
    return name;
  }

  /** Where the graph really runs. */
  EngineSettings.Device device() {
    return device;
  }

  /** A run that is to be prepared: inputs and outputs by name, then computed. */
  OnnxRun run(PassBuffers buffers) {
    return new OnnxRun(name, session, buffers);
  }

  /** In this order: a session reads its weights until it is closed. */
  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new EngineException("ONNX Runtime cannot close " + name, e);
    } finally {
      weights.close();
    }
  }
}
