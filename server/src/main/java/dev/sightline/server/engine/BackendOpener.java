package dev.sightline.server.engine;

import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.FeatureGraph;
import dev.sightline.server.graph.InferenceGraph;

/** Loads networks into an inference engine. Thread-safe. */
@FunctionalInterface
public interface BackendOpener {
  /**
   * Loads a network that was cut at a layer.
   *
   * @param graph the network
   * @param name what to call it in logs and errors
   * @return a backend, which the caller closes
   * @throws EngineException if the engine does not take it
   */
  Backend open(ExplainedGraph graph, String name);

  /**
   * Loads a network without gradients, or the head behind a layer.
   *
   * @param graph the network
   * @param name what to call it in logs and errors
   * @return a backend whose passes have no rows and give logits only, which the caller closes
   * @throws EngineException if the engine does not take it
   */
  default Backend open(InferenceGraph graph, String name) {
    throw new EngineException("%s has no gradients, and this engine needs them".formatted(name));
  }

  /**
   * Loads the part of a network that leads to some layers.
   *
   * @param graph that part
   * @param name what to call it in logs and errors
   * @return a backend, which the caller closes
   * @throws EngineException if the engine does not take it; an engine for modules takes none
   */
  default FeatureBackend open(FeatureGraph graph, String name) {
    throw new EngineException(
        "%s is the part of a graph before some layers, and this engine takes none".formatted(name));
  }

  /**
   * Loads a TorchScript module.
   *
   * @param file the module
   * @param name what to call it in logs and errors
   * @return a backend, which the caller closes
   * @throws EngineException if the engine does not take it; an engine for graphs takes none
   */
  default TorchBackend open(TorchFile file, String name) {
    throw new EngineException(
        "%s is a TorchScript module, and this engine takes graphs".formatted(name));
  }
}
