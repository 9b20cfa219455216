package dev.sightline.server.engine;

import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.FeatureGraph;
import dev.sightline.server.graph.InferenceGraph;

/** All engines: graphs go to ONNX Runtime, TorchScript goes to PyTorch. Thread-safe. */
public final class Engines implements BackendOpener {

  private final OnnxRuntime onnxRuntime;
  private final PyTorch pyTorch;

  /** Opens every network with these settings. */
  public Engines(EngineSettings settings) {
    onnxRuntime = new OnnxRuntime(settings);
    pyTorch = new PyTorch(settings);
  }

  @Override
  public Backend open(ExplainedGraph graph, String name) {
    return onnxRuntime.open(graph, name);
  }

  @Override
  public Backend open(InferenceGraph graph, String name) {
    return onnxRuntime.open(graph, name);
  }

  @Override
  public FeatureBackend open(FeatureGraph graph, String name) {
    return onnxRuntime.open(graph, name);
  }

  @Override
  public TorchBackend open(TorchFile file, String name) {
    return pyTorch.open(file, name);
  }
}
