package dev.sightline.server.batch;

import dev.sightline.heatmap.Expansion;
import dev.sightline.server.explain.CamMethod;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SigmaSource;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which methods are applied, each with the kernel that goes with its maps. */
final class Steps {
  private Steps() {}

  static List<Plan.Step> of(ExplainOptions options, Target target, TargetLayer layer)
      throws RefusedException {
    Sigma sigma = sigma(options, layer);
    List<Plan.Step> steps = new ArrayList<>();
    Set<Method> seen = EnumSet.noneOf(Method.class);
    List<Integer> numbers =
        options.getMethodsCount() == 0
            ? List.of(Method.METHOD_GRAD_CAM_VALUE)
            : options.getMethodsValueList();
    for (int number : numbers) {
      Method method = Method.forNumber(number);
      CamMethod map = method == null ? null : TargetLayer.map(method).orElse(null);
      if (method == null || map == null) {
        throw new RefusedException(
            Reason.REASON_UNKNOWN_METHOD,
            "%s is no method of this server; there are: %s."
                .formatted(
                    method == null ? "Number " + number : method,
                    String.join(", ", layer.methods().stream().map(Method::name).toList())),
            Map.of("method", method == null ? Integer.toString(number) : method.name()));
      }
      if (!seen.add(method)) {
        throw RefusedException.option("methods", method + " is listed twice.");
      }
      if (!layer.gives(method)) {
        throw unsupported(method, target, layer);
      }
      steps.add(new Plan.Step(method, map, kernel(options, method, target, layer, sigma)));
    }
    return steps;
  }

  private static RefusedException unsupported(Method method, Target target, TargetLayer layer) {
    List<String> able =
        target.allLayers().stream()
            .filter(other -> other.gives(method))
            .map(TargetLayer::name)
            .toList();
    return new RefusedException(
        Reason.REASON_UNSUPPORTED_METHOD,
        "%s needs a layer that only global average pooling and one linear layer follow; %s of"
                .formatted(method, layer.name())
            + " model %s is none%s."
                .formatted(
                    target.name(),
                    able.isEmpty()
                        ? ", nor is any other"
                        : ", but there is: " + String.join(", ", able)),
        Map.of("model", target.name(), "layer", layer.name(), "method", method.name()));
  }

  private static Kernel kernel(
      ExplainOptions options, Method method, Target target, TargetLayer layer, Sigma sigma)
      throws RefusedException {
    Kernel.Builder kernel =
        Kernel.newBuilder()
            .setInputWidth(target.input().width())
            .setInputHeight(target.input().height());
    boolean gaussian =
        switch (options.getUpsampling()) {
          case UPSAMPLING_UNSPECIFIED -> method == Method.METHOD_EXTENDED_CAM;
          case UPSAMPLING_BILINEAR -> false;
          case UPSAMPLING_GAUSSIAN -> true;
          case UNRECOGNIZED ->
              throw RefusedException.option(
                  "upsampling", "%d is no upsampling.".formatted(options.getUpsamplingValue()));
        };
    if (!gaussian) {
      return kernel.setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build();
    }
    if (!options.hasSigma() && !layer.hasSigma()) {
      throw RefusedException.option(
          "sigma",
          "%s with Gaussian upsampling needs sigma: model %s does not know the receptive field of %s."
                  .formatted(method, target.name(), layer.name())
              + " Give sigma in the options or in model.yaml, or choose bilinear upsampling.");
    }
    if (Math.max(layer.height(), layer.width()) > Expansion.MAX_GAUSSIAN_CELLS) {
      throw RefusedException.option(
          "upsampling",
          "%s has %d x %d cells; Gaussians expand at most %d a side. Choose bilinear upsampling."
              .formatted(
                  layer.name(), layer.height(), layer.width(), Expansion.MAX_GAUSSIAN_CELLS));
    }
    return kernel
        .setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN)
        .setSigma(sigma)
        .setSigmaSource(options.hasSigma() ? SigmaSource.SIGMA_SOURCE_REQUEST : layer.sigmaSource())
        .build();
  }

  private static Sigma sigma(ExplainOptions options, TargetLayer layer) throws RefusedException {
    if (!options.hasSigma()) {
      return Sigma.newBuilder().setX(layer.sigmaX()).setY(layer.sigmaY()).build();
    }
    Sigma sigma = options.getSigma();
    if (!positive(sigma.getX()) || !positive(sigma.getY())) {
      throw RefusedException.option(
          "sigma",
          "sigma is (%s, %s); both must be positive and finite."
              .formatted(sigma.getX(), sigma.getY()));
    }
    return sigma;
  }

  private static boolean positive(float value) {
    return value > 0 && Float.isFinite(value);
  }
}
