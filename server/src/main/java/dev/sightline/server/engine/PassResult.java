package dev.sightline.server.engine;

/**
 * What comes out of a pass, flat and row by row. The arrays may be longer than frames and rows
 * demand: batches are padded, and memory is used again (see {@link Backend#run(Pass,
 * PassBuffers)}).
 *
 * @param shape the shapes
 * @param logits N×C scores before softmax
 * @param chosen for each row the class that its gradient belongs to
 * @param activations N×K×h×w; empty where the layer is the image input itself, and of passes that
 *     give logits only
 * @param gradients R×K×h×w, the gradient of each row's logit with respect to its frame's activation
 * @param reconstructions N×C×H×W, the images as an expansion network rebuilds them from their
 *     features, up to a change of scale a channel; empty where the network has none
 */
public record PassResult(
    PassShape shape,
    float[] logits,
    int[] chosen,
    float[] activations,
    float[] gradients,
    float[] reconstructions) {

  /** Of a pass without an expansion network. */
  public PassResult(
      PassShape shape, float[] logits, int[] chosen, float[] activations, float[] gradients) {
    this(shape, logits, chosen, activations, gradients, new float[0]);
  }

  /** Of a pass that gave logits only. */
  static PassResult ofInference(PassShape shape, float[] logits) {
    return new PassResult(shape, logits, new int[0], new float[0], new float[0]);
  }
}
