package dev.sightline.server.model.convert;

/**
 * A tensor of the network that is being written.
 *
 * @param name its name in the ONNX graph
 * @param channels channels
 * @param height rows
 * @param width columns
 * @param flat true if it is written as N×C, which a map of one row and one column can be; false if
 *     as N×C×H×W
 */
record FeatureMap(String name, int channels, int height, int width, boolean flat) {
  /** A tensor of shape N×C×H×W. */
  static FeatureMap spatial(String name, int channels, int height, int width) {
    return new FeatureMap(name, channels, height, width, false);
  }

  /** A tensor of shape N×C. */
  static FeatureMap flat(String name, int channels) {
    return new FeatureMap(name, channels, 1, 1, true);
  }

  /** True if there is one row and one column, so that layout does not matter. */
  boolean isVector() {
    return height == 1 && width == 1;
  }
}
