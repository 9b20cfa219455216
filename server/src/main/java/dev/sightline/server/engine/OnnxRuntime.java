package dev.sightline.server.engine;

import ai.onnxruntime.OrtEnvironment;
import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.FeatureGraph;
import dev.sightline.server.graph.InferenceGraph;

/** Opens graphs in ONNX Runtime. Thread-safe. */
public final class OnnxRuntime implements BackendOpener {

  private final EngineSettings settings;

  /** Opens every graph with these settings. */
  public OnnxRuntime(EngineSettings settings) {
    this.settings = settings;
  }

  @Override
  public Backend open(ExplainedGraph graph, String name) {
    return OnnxBackend.open(graph, name, settings);
  }

  @Override
  public Backend open(InferenceGraph graph, String name) {
    return OnnxBackend.open(graph, name, settings);
  }

  @Override
  public FeatureBackend open(FeatureGraph graph, String name) {
    return OnnxFeatures.open(graph, name, settings);
  }

  /**
   * Loads the engine's library, which the first graph does otherwise; who comes meanwhile waits.
   *
   * @throws EngineException if it cannot be loaded
   */
  public static void start() {
    OnnxEnvironment.create();
  }

  /** The engine's version, such as "1.29.0". */
  public static String version() {
    start();
    return OrtEnvironment.getEnvironment().getVersion();
  }

  /** The shapes of a differentiated graph's passes. */
  public static PassShape shape(ExplainedGraph graph) {
    return new PassShape(
        graph.input().channels(),
        graph.input().height(),
        graph.input().width(),
        graph.classes(),
        graph.layer().channels(),
        graph.layer().height(),
        graph.layer().width());
  }
}
