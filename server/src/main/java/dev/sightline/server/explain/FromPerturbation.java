package dev.sightline.server.explain;

import java.util.Set;

/**
 * A map from the scores of altered inputs or activations, without a gradient.
 *
 * @param method how they are altered, and what their scores say
 */
public record FromPerturbation(PerturbationMethod method) implements Technique {
  @Override
  public Set<Gradients> reads() {
    return Set.of();
  }

  @Override
  public boolean ofLayer() {
    return method.readsActivation();
  }

  @Override
  public boolean pixelLevel() {
    return !ofLayer();
  }

  @Override
  public boolean altersActivation() {
    return method.ofActivation();
  }
}
