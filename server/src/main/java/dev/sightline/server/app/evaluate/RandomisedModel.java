package dev.sightline.server.app.evaluate;

import java.util.List;

/** A model whose weights can be drawn anew, from the logits towards the image. */
public interface RandomisedModel {

  /** The layers that have weights, the one that gives the logits first. */
  List<String> layers();

  /**
   * Opens the model with the weights of its last layers drawn anew. The layers that two of them
   * share have the same weights.
   *
   * @param last how many layers, 1 to all
   * @return to be closed by the caller
   */
  OpenPasses open(int last);

  /** The passes of a model that is open. */
  interface OpenPasses extends AutoCloseable {
    /** The passes, until it is closed. */
    Passes passes();

    @Override
    void close();
  }
}
