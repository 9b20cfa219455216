package dev.sightline.server.batch;

import dev.sightline.v1.SigmaSource;

/**
 * A layer that can be explained.
 *
 * @param name the tensor's name
 * @param operator the operator that makes it
 * @param channels K
 * @param height h, rows of its grid
 * @param width w, columns of its grid
 * @param poolingAndLinear whether nothing but global average pooling and one linear layer follow it
 * @param sigmaX the default standard deviation of a Gaussian along a row, in pixels of the input
 * @param sigmaY the same along a column
 * @param sigmaSource where the two come from; unspecified if nobody knows them, and they are zero
 * @param lane where images wait for logits, activation and gradient; the same one as long as the
 *     model is served
 * @param head where altered activations wait for the logits that follow from them
 */
public record TargetLayer(
    String name,
    String operator,
    int channels,
    int height,
    int width,
    boolean poolingAndLinear,
    float sigmaX,
    float sigmaY,
    SigmaSource sigmaSource,
    Lane lane,
    Passage head) {

  /** True if there are standard deviations to take where the request gives none. */
  public boolean hasSigma() {
    return sigmaSource != SigmaSource.SIGMA_SOURCE_UNSPECIFIED;
  }

  /** Floats of its activation, K·h·w. */
  long size() {
    return (long) channels * height * width;
  }
}
