package dev.sightline.server.image;

/**
 * The shape of a network's input.
 *
 * @param channels C: 3 (colour) or 1 (grey)
 * @param height H, rows
 * @param width W, columns
 */
public record InputShape(int channels, int height, int width) {

  /** Checks that there is an input. */
  public InputShape {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "an input of %d x %d x %d".formatted(channels, height, width));
    }
  }

  /** The number of values, C·H·W. */
  public int size() {
    return channels * height * width;
  }
}
