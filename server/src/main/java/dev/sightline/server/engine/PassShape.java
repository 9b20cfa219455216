package dev.sightline.server.engine;

/**
 * The shapes of a pass.
 *
 * @param channels channels of an input image; of a head, the layer's
 * @param height rows of an input image; of a head, the layer's
 * @param width columns of an input image; of a head, the layer's
 * @param classes logits of a frame
 * @param gridChannels K, channels of the target layer; 0 if passes give logits only
 * @param gridHeight h, rows of the target layer; 0 if passes give logits only
 * @param gridWidth w, columns of the target layer; 0 if passes give logits only
 */
public record PassShape(
    int channels,
    int height,
    int width,
    int classes,
    int gridChannels,
    int gridHeight,
    int gridWidth) {

  /** Of passes that give logits only. */
  public static PassShape ofInference(int channels, int height, int width, int classes) {
    return new PassShape(channels, height, width, classes, 0, 0, 0);
  }

  /** Floats in one input image, C·H·W. */
  public int imageSize() {
    return channels * height * width;
  }

  /** Floats in one activation or gradient, K·h·w; 0 if passes give logits only. */
  public int gridSize() {
    return gridChannels * gridHeight * gridWidth;
  }
}
