package dev.sightline.server.batch;

import dev.sightline.heatmap.Expansion;
import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.Technique;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Selection;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SigmaSource;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which maps each class of an image is to have. */
final class Steps {
  private final ExplainOptions options;
  private final Target target;
  private final List<TargetLayer> layers;
  private final dev.sightline.server.explain.@Nullable Fusion fusion;

  private Steps(ExplainOptions options, Target target, List<TargetLayer> layers)
      throws RefusedException {
    this.options = options;
    this.target = target;
    this.layers = layers;
    this.fusion = fusion(options, layers);
    if (options.hasSigma()) {
      requirePositive(options.getSigma());
    }
  }

  /** The maps in the order in which they are answered. */
  static List<Step> of(ExplainOptions options, Target target, List<TargetLayer> layers)
      throws RefusedException {
    Steps steps = new Steps(options, target, layers);
    List<Step> all = new ArrayList<>();
    for (Method method : methods(options)) {
      all.addAll(steps.of(method));
    }
    return all;
  }

  /** The methods that are asked for, all of which the server knows. */
  static Set<Method> methods(ExplainOptions options) throws RefusedException {
    if (options.getMethodsCount() == 0) {
      return Set.of(Method.METHOD_GRAD_CAM);
    }
    Set<Method> methods = new LinkedHashSet<>();
    for (int number : options.getMethodsValueList()) {
      Method method = Method.forNumber(number);
      if (method == null || Methods.of(method).isEmpty()) {
        String name = method == null ? "Number " + number : method.name();
        throw new RefusedException(
            Reason.REASON_UNKNOWN_METHOD,
            "%s is no method of this server; there are: %s.".formatted(name, names(Methods.all())),
            Map.of("method", method == null ? Integer.toString(number) : name));
      }
      if (!methods.add(method)) {
        throw RefusedException.option("methods", method + " is listed twice.");
      }
    }
    return methods;
  }

  private List<Step> of(Method method) throws RefusedException {
    Technique technique = Methods.of(method).orElseThrow();
    requireSelectable(method, technique);
    if (!technique.ofLayer()) {
      requireGiven(method, null);
      Kernel kernel = bilinear();
      Step.Part part = new Step.Part(null, Step.Part.ALL_FILTERS, null, kernel);
      return List.of(new Step(method, technique, List.of(part), null, kernel));
    }
    List<Step.Part> parts = new ArrayList<>();
    for (TargetLayer layer : layers) {
      requireGiven(method, layer);
      Kernel kernel = kernel(method, layer);
      Selection selection = options.getSelection();
      boolean[] kept = Selections.kept(selection, layer);
      for (int filter : Selections.filters(selection, layer)) {
        parts.add(new Step.Part(layer, filter, kept, kernel));
      }
    }
    if (fusion != null) {
      return List.of(new Step(method, technique, parts, fusion, bilinear()));
    }
    return parts.stream()
        .map(
            part ->
                new Step(
                    method,
                    technique,
                    List.of(part),
                    null,
                    technique.pixelLevel() ? bilinear() : part.kernel()))
        .toList();
  }

  private static dev.sightline.server.explain.@Nullable Fusion fusion(
      ExplainOptions options, List<TargetLayer> layers) throws RefusedException {
    dev.sightline.server.explain.Fusion fusion =
        switch (options.getFusion()) {
          case FUSION_UNSPECIFIED -> null;
          case FUSION_MEAN -> dev.sightline.server.explain.Fusion.MEAN;
          case FUSION_MAX -> dev.sightline.server.explain.Fusion.MAX;
          case UNRECOGNIZED ->
              throw RefusedException.option(
                  "fusion", "%d is no fusion.".formatted(options.getFusionValue()));
        };
    if (fusion != null && options.getSelection().getFiltersCount() > 0) {
      throw RefusedException.option(
          "fusion", "Layers are fused with all their feature maps; filters are maps of their own.");
    }
    return layers.size() < 2 ? null : fusion;
  }

  private void requireSelectable(Method method, Technique technique) throws RefusedException {
    boolean ofEvidence = technique instanceof FromEvidence && technique.ofLayer();
    Selection selection = options.getSelection();
    if (!ofEvidence && (selection.getFiltersCount() > 0 || selection.getSubsetCount() > 0)) {
      throw RefusedException.option(
          "selection",
          method
              + " is no function of a layer's activation and gradient, so nothing can be selected"
              + " in it.");
    }
  }

  private void requireGiven(Method method, @Nullable TargetLayer layer) throws RefusedException {
    Optional<String> obstacle = target.obstacle(method, layer);
    if (obstacle.isEmpty()) {
      return;
    }
    String able =
        layer == null
            ? ""
            : String.join(
                ", ",
                target.allLayers().stream()
                    .filter(other -> target.obstacle(method, other).isEmpty())
                    .map(TargetLayer::name)
                    .toList());
    throw new RefusedException(
        Reason.REASON_UNSUPPORTED_METHOD,
        "Model %s cannot give %s: %s.%s"
            .formatted(
                target.name(),
                method,
                obstacle.get(),
                layer == null
                    ? ""
                    : able.isEmpty() ? " No other layer can." : " Layers that can: " + able + "."),
        layer == null
            ? Map.of("model", target.name(), "method", method.name())
            : Map.of("model", target.name(), "layer", layer.name(), "method", method.name()));
  }

  private Kernel bilinear() {
    return Kernel.newBuilder()
        .setUpsampling(Upsampling.UPSAMPLING_BILINEAR)
        .setInputWidth(target.input().width())
        .setInputHeight(target.input().height())
        .build();
  }

  private Kernel kernel(Method method, TargetLayer layer) throws RefusedException {
    Sigma sigma = sigma(layer);
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
      return bilinear();
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
    return bilinear().toBuilder()
        .setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN)
        .setSigma(sigma)
        .setSigmaSource(options.hasSigma() ? SigmaSource.SIGMA_SOURCE_REQUEST : layer.sigmaSource())
        .build();
  }

  private Sigma sigma(TargetLayer layer) {
    if (!options.hasSigma()) {
      return Sigma.newBuilder().setX(layer.sigmaX()).setY(layer.sigmaY()).build();
    }
    return options.getSigma();
  }

  private static void requirePositive(Sigma sigma) throws RefusedException {
    if (!positive(sigma.getX()) || !positive(sigma.getY())) {
      throw RefusedException.option(
          "sigma",
          "sigma is (%s, %s); both must be positive and finite."
              .formatted(sigma.getX(), sigma.getY()));
    }
  }

  private static boolean positive(float value) {
    return value > 0 && Float.isFinite(value);
  }

  private static String names(List<Method> methods) {
    return String.join(", ", methods.stream().map(Method::name).toList());
  }
}
