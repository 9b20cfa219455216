package dev.sightline.server.model;

import dev.sightline.server.graph.ReluRule;

/** The kinds of passes that a model runs, each with a backend of its own. */
sealed interface PassKind {
  /** What tells it from the others in logs and errors, beside the model's name. */
  String name();

  /** Logits, the layer's activations and gradients with respect to them. */
  record ToLayer(String layer) implements PassKind {
    @Override
    public String name() {
      return "/" + layer;
    }
  }

  /** The same, and the images as the expansion network rebuilds them. */
  record Expanded(String layer) implements PassKind {
    @Override
    public String name() {
      return "/%s, expanded".formatted(layer);
    }
  }

  /** Logits and gradients with respect to the image. */
  record ToInput(ReluRule rule) implements PassKind {
    @Override
    public String name() {
      return ", %s to the image".formatted(rule.inWords());
    }
  }

  /** Logits of a layer's activations. */
  record Head(String layer) implements PassKind {
    @Override
    public String name() {
      return ", head of " + layer;
    }
  }

  /** Logits of images. */
  record Inference() implements PassKind {
    @Override
    public String name() {
      return "";
    }
  }
}
