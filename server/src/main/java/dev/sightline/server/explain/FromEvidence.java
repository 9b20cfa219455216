package dev.sightline.server.explain;

import java.util.Set;

/**
 * A map from one backward pass.
 *
 * @param map the map as a function of that pass's evidence
 * @param gradients which pass; where it is not {@link Gradients#OF_LAYER}, the map has the height
 *     and width of the network's input
 * @param sampled whether it also takes noisy samples, as {@link Evidence#moments}; without any it
 *     falls back on the clean gradient
 */
public record FromEvidence(CamMethod map, Gradients gradients, boolean sampled)
    implements Technique {
  @Override
  public Set<Gradients> reads() {
    return Set.of(gradients);
  }

  @Override
  public boolean ofLayer() {
    return gradients == Gradients.OF_LAYER;
  }

  @Override
  public boolean pixelLevel() {
    return !ofLayer();
  }

  @Override
  public boolean altersActivation() {
    return false;
  }
}
