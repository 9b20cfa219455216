package dev.sightline.server.explain;

import java.util.Set;

/** How a method comes to its map, and so which passes of the network it asks for. */
public sealed interface Technique permits FromEvidence, GuidedCam, RefinedCam, FromPerturbation {

  /** Which gradients of the image as it is the method reads; empty if none. */
  Set<Gradients> reads();

  /** True if its maps are about a target layer. */
  boolean ofLayer();

  /** True if its maps have the height and width of the network's input. */
  boolean pixelLevel();

  /** True if it runs what follows the target layer on altered activations. */
  boolean altersActivation();

  /** True if it reads what an expansion network rebuilds of the image. */
  default boolean readsRebuilt() {
    return false;
  }
}
