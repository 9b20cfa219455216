package dev.sightline.server.explain;

/** Which backward pass the evidence of a method comes from. */
public enum Gradients {
  /** The gradient at the target layer. */
  OF_LAYER,
  /** The gradient at the network's input. */
  OF_INPUT,
  /**
   * Guided backpropagation to the network's input (Springenberg et al. 2014): every ReLU passes
   * incoming · [incoming &gt; 0] · [x &gt; 0].
   */
  GUIDED,
  /**
   * Deconvnet to the network's input (Zeiler and Fergus 2014): every ReLU passes incoming ·
   * [incoming &gt; 0], whatever its own input.
   */
  DECONVNET
}
