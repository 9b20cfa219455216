package dev.sightline.client;

/**
 * The answer to one image of a batch or a live stream: an explanation, or why there is none. Every
 * image that was sent has exactly one.
 */
public sealed interface Answer permits Explanation, Unexplained {

  /**
   * The image's number, from 1 in the order in which the images were sent; 0 for a single image.
   */
  long sequence();

  /**
   * The options that the answer was made with: 1 for the first ones of a stream, 2 for those that
   * came next, and so on.
   */
  long generation();

  /** Where the time went, as far as the image came. */
  Timing timing();

  /**
   * The explanation.
   *
   * @throws SightlineException if there is none
   */
  Explanation orThrow();

  /** Whether there is an explanation. */
  default boolean isExplained() {
    return this instanceof Explanation;
  }
}
