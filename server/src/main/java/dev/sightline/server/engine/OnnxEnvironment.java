package dev.sightline.server.engine;

import ai.djl.engine.Engine;

/** ONNX Runtime's one environment in this process, as DJL makes it. */
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

  private OnnxEnvironment() {}

  /**
   * Creates the environment if there is none. DJL must do so before anyone else does, or it fails.
   */
  static void create() {
    // Without these DJL looks for its libraries on the network, or loads PyTorch beside ONNX
    // Runtime.
    setIfAbsent("ai.djl.offline", "true");
    setIfAbsent("ai.djl.onnx.disable_alternative", "true");
    Thread thread =
        new Thread(null, () -> Engine.getEngine(ENGINE), "onnxruntime-environment", STACK_BYTES);
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
