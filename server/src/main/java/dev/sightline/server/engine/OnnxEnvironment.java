package dev.sightline.server.engine;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ONNX Runtime's one environment in this process, as DJL makes it, and the arena in it. */
final class OnnxEnvironment {

  /** The name of DJL's engine. */
  static final String ENGINE = "OnnxRuntime";

  /**
   * ONNX Runtime 1.29 matches a regular expression against the process's command line when its
   * environment is created, recursively, several hundred bytes of stack a character: a class path
   * of 4,000 characters overflows an ordinary thread's stack, which kills the process without a
   * word.
   */
  private static final long STACK_BYTES = 64L << 20;

  private static final Logger log = LoggerFactory.getLogger(OnnxEnvironment.class);

  private static boolean created;

  private OnnxEnvironment() {}

  /**
   * Creates the environment if there is none. DJL must do so before anyone else does, or it fails.
   *
   * @throws EngineException if it fails
   */
  static synchronized void create() {
    if (created) {
      return;
    }
    // Without these DJL looks for its libraries on the network, or loads PyTorch beside ONNX
    // Runtime.
    setIfAbsent("ai.djl.offline", "true");
    setIfAbsent("ai.djl.onnx.disable_alternative", "true");
    Telemetry.forbid();
    FutureTask<Engine> task = new FutureTask<>(() -> Engine.getEngine(ENGINE));
    new Thread(null, task, "onnxruntime-environment", STACK_BYTES).start();
    try {
      Engine unused = task.get();
      created = true;
      OrtEnvironment.getEnvironment().setTelemetry(false);
      shareArena();
    } catch (OrtException e) {
      throw new EngineException("ONNX Runtime would not be silent: " + e.getMessage(), e);
    } catch (ExecutionException e) {
      throw new EngineException("ONNX Runtime cannot be started: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while ONNX Runtime was started", e);
    }
  }

  private static void shareArena() {
    try {
      SharedArena.create();
    } catch (UnsatisfiedLinkError | EngineException e) {
      log.warn("every open layer keeps memory of its own for its passes: {}", e.getMessage());
    }
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
