package dev.sightline.server.explain.measure;

import dev.sightline.server.explain.Noise;
import java.nio.FloatBuffer;

/**
 * Removes pixels so that their shape tells nothing (ROAD; Rong et al. 2022): each removed pixel is
 * the weighted mean of its neighbours in the image, known or removed, 1/6 for the four beside it
 * and 1/12 for the four at its corners (at the edge of the image, those there are, in proportion),
 * and a little noise is added to it.
 *
 * @param height H
 * @param width W
 * @param noise what is added; usual is a standard deviation of 0.01
 */
public record NoisyLinearImputation(int height, int width, Noise noise) {

  /**
   * Writes the input without some of its pixels.
   *
   * @param input x, C·H·W; not changed
   * @param kept H·W: a pixel is removed where it is 0 and stays as it is elsewhere. Where none
   *     stays, each channel becomes its own mean
   * @param sample the number of the noise, at least 0
   * @param into receives C·H·W values; its position does not move
   * @param offset the absolute index where they begin
   */
  public void write(float[] input, float[] kept, int sample, FloatBuffer into, int offset) {
    int pixels = height * width;
    if (kept.length != pixels || input.length % pixels != 0) {
      throw new IllegalArgumentException(
          "%d values and a mask of %d for %d x %d"
              .formatted(input.length, kept.length, height, width));
    }
    RemovedPixels removed = new RemovedPixels(height, width, kept);
    noise.write(input, sample, into, offset);
    for (int from = 0; from < input.length; from += pixels) {
      double[] imputed = removed.impute(input, from);
      for (int i = 0; i < pixels; i++) {
        int at = offset + from + i;
        float added = into.get(at) - input[from + i];
        into.put(at, removed.removed(i) ? (float) imputed[i] + added : input[from + i]);
      }
    }
  }
}
