package dev.sightline.server.graph;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;

/** ONNX Runtime without an engine around it. */
final class OnnxRuntime {
  private OnnxRuntime() {}

  /**
   * The environment of this process, which DJL must have created first or it will never be able to.
   */
  static OrtEnvironment environment() {
    Engine unused = Engine.getEngine("OnnxRuntime");
    return OrtEnvironment.getEnvironment();
  }
}
