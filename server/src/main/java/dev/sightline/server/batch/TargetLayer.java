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
 * @param rebuilt where images wait for what its own lane gives, and for the image as an expansion
 *     network rebuilds it
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
    Passage head,
    Passage rebuilt) {

  /** True if there are standard deviations to take where the request gives none. */
  public boolean hasSigma() {
    return sigmaSource != SigmaSource.SIGMA_SOURCE_UNSPECIFIED;
  }

  /** Floats of its activation, K·h·w. */
  long size() {
    return (long) channels * height * width;
  }

  /** The same layer by passes that also rebuild the image. */
  TargetLayer rebuilding() {
    return new TargetLayer(
        name,
        operator,
        channels,
        height,
        width,
        poolingAndLinear,
        sigmaX,
        sigmaY,
        sigmaSource,
        rebuilt.lane(),
        head,
        rebuilt);
  }

  /** Whether its passes rebuild the image. */
  boolean rebuilds() {
    return lane == rebuilt.lane();
  }
}
