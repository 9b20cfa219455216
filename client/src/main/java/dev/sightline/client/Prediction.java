package dev.sightline.client;

/**
 * A class and how probable it is.
 *
 * @param index the index of the logit
 * @param label the model's label
 * @param logit the score before softmax
 * @param probability the softmax of the logits, in [0, 1]
 */
public record Prediction(int index, String label, float logit, float probability) {
  static Prediction of(dev.sightline.v1.Prediction wire) {
    return new Prediction(wire.getIndex(), wire.getLabel(), wire.getLogit(), wire.getProbability());
  }
}
