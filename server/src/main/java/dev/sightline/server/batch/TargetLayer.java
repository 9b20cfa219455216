package dev.sightline.server.batch;

import dev.sightline.server.explain.CamMethod;
import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.explain.Methods;
import dev.sightline.v1.Method;
import dev.sightline.v1.SigmaSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
 * @param lane where its images wait; the same one as long as the model is served
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
    Lane lane) {

  /** The methods that it can give, in the order of their numbers. */
  public List<Method> methods() {
    return Stream.of(Method.values()).filter(this::gives).toList();
  }

  /** True if there are standard deviations to take where the request gives none. */
  public boolean hasSigma() {
    return sigmaSource != SigmaSource.SIGMA_SOURCE_UNSPECIFIED;
  }

  boolean gives(Method method) {
    return map(method).isPresent() && (poolingAndLinear || !Methods.needsPoolingAndLinear(method));
  }

  /** The method, if one clean pass to a layer is all that it needs. */
  static Optional<CamMethod> map(Method method) {
    return Methods.of(method)
        .map(technique -> technique instanceof FromEvidence from ? from : null)
        .filter(from -> from.gradients() == Gradients.OF_LAYER && !from.sampled())
        .map(FromEvidence::map);
  }
}
