package dev.sightline.server.explain;

import dev.sightline.heatmap.Plane;
import dev.sightline.server.explain.refine.HighResCam;

/**
 * An image as an expansion network rebuilds it from a network's features; a view into the array of
 * a pass.
 *
 * @param values holds it, channel by channel and row by row
 * @param offset where it begins
 * @param channels C
 * @param height H, of the network's input
 * @param width W, of the network's input
 */
public record Rebuilt(float[] values, int offset, int channels, int height, int width) {

  /**
   * The mean over the channels, scaled to [0, 1]: the high-resolution map. All zeros, which refine
   * nothing, if a value is not finite.
   */
  Plane highResolution() {
    Plane map = HighResCam.highResolution(values, offset, channels, height, width);
    for (float value : map.values()) {
      if (!Float.isFinite(value)) {
        return new Plane(height, width, new float[height * width]);
      }
    }
    return map;
  }
}
