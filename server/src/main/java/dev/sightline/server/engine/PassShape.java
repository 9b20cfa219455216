package dev.sightline.server.engine;

/**
 * The shapes of a pass.
 *
 * @param channels channels of an input image
 * @param height rows of an input image
 * @param width columns of an input image
 * @param classes logits of a frame
 * @param gridChannels K, channels of the target layer
 * @param gridHeight h, rows of the target layer
 * @param gridWidth w, columns of the target layer
 */
public record PassShape(
    int channels,
    int height,
    int width,
    int classes,
    int gridChannels,
    int gridHeight,
    int gridWidth) {

  /** Floats in one input image, C·H·W. */
  public int imageSize() {
    return channels * height * width;
  }

  /** Floats in one activation or gradient, K·h·w. */
  public int gridSize() {
    return gridChannels * gridHeight * gridWidth;
  }
}
