package dev.sightline.server.model.convert;

/** The activations that are written, each as the ONNX operator of the same meaning. */
enum Activation {
  NONE,
  RELU,
  /** min(max(x, 0), 6), written as Clip. */
  RELU6,
  SIGMOID,
  /** x · min(max(x + 3, 0), 6) / 6. */
  HARD_SWISH
}
