package dev.sightline.server.engine;

/**
 * Runs passes of one model, cut at one layer: logits, the layer's activations A and the gradients g
 * of chosen logits with respect to A, in one go.
 *
 * <p>The layer may be the image input itself: then a result holds no activations, which would be
 * the images again. A backend of a network without gradients, or of the head behind a layer, whose
 * images are that layer's activations, has a {@link PassShape} without a grid, takes passes without
 * rows and gives logits only.
 *
 * <p>Stateless and thread-safe: any number of threads may call {@link #run} at once, and the result
 * for a frame does not depend on what else is in its pass. A pass computes on the calling thread
 * (and on the engine's own, if it was configured with several).
 */
public interface Backend extends AutoCloseable {

  /** The shapes of everything that goes in and comes out. */
  PassShape shape();

  /** The largest number of frames in a pass. */
  int maxBatch();

  /** The engine and its device in words, such as "OnnxRuntime on cpu". */
  String description();

  /**
   * Whether a pass would run at once. False only of one that was closed to make room for others: it
   * would open again first, which takes as long as many passes.
   */
  default boolean ready() {
    return true;
  }

  /**
   * Runs one pass. Without rows it costs little more than inference, but for some networks cut far
   * from their logits, whose backward pass the engine cannot leave out: who wants many logits and
   * nothing else opens a network without gradients.
   *
   * @param pass the frames and rows; its image buffer may be reused once this returns
   * @param buffers memory that the result may lie in
   * @return logits per frame, activations per frame, gradients per row; its arrays hold until the
   *     buffers are used again
   * @throws EngineException if the engine fails; the backend stays usable
   * @throws IllegalArgumentException if the pass does not fit {@link #shape} or {@link #maxBatch}
   */
  PassResult run(Pass pass, PassBuffers buffers);

  /** The same with memory of its own: the result belongs to the caller. */
  default PassResult run(Pass pass) {
    return run(pass, new PassBuffers());
  }

  /** Frees the engine's memory. No pass may be under way. */
  @Override
  void close();
}
