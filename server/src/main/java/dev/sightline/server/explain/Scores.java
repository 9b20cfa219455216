package dev.sightline.server.explain;

/**
 * What the network says of the altered versions of an image, for one class.
 *
 * @param logits the class's logit for every version, in the order of their indices
 * @param probabilities the class's softmax probability, likewise
 * @param cleanLogit the class's logit for the image as it is
 */
public record Scores(float[] logits, float[] probabilities, float cleanLogit) {

  /** Checks that every version has both. */
  public Scores {
    if (logits.length != probabilities.length) {
      throw new IllegalArgumentException(
          "%d logits and %d probabilities".formatted(logits.length, probabilities.length));
    }
  }

  void requireCount(int versions) {
    if (logits.length != versions) {
      throw new IllegalArgumentException(
          "scores of %d versions; there are %d".formatted(logits.length, versions));
    }
  }
}
