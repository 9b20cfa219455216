package dev.sightline.server.explain;

import static java.util.Map.entry;

import dev.sightline.v1.Method;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The methods by their names in the protocol. */
public final class Methods {
  private static final Map<Method, Technique> TABLE =
      Map.ofEntries(
          entry(Method.METHOD_CAM, ofLayer(new Cam())),
          entry(Method.METHOD_GRAD_CAM, ofLayer(new GradCam())),
          entry(Method.METHOD_GRAD_CAM_PLUS_PLUS, ofLayer(new GradCamPlusPlus())),
          entry(Method.METHOD_EXTENDED_CAM, ofLayer(new ExtendedCam())),
          entry(Method.METHOD_HI_RES_CAM, ofLayer(new HiResCam())),
          entry(Method.METHOD_LAYER_CAM, ofLayer(new LayerCam())),
          entry(Method.METHOD_XGRAD_CAM, ofLayer(new XGradCam())),
          entry(Method.METHOD_GRAD_CAM_PER_CHANNEL, ofLayer(new GradCamPerChannel())),
          entry(
              Method.METHOD_GRAD_CAM_PLUS_PLUS_NORMALISED,
              ofLayer(new GradCamPlusPlusNormalised())),
          entry(
              Method.METHOD_SMOOTH_GRAD_CAM_PLUS_PLUS,
              new FromEvidence(new SmoothGradCamPlusPlus(), Gradients.OF_LAYER, true)),
          entry(Method.METHOD_EIGEN_CAM, ofLayer(new EigenCam())),
          entry(Method.METHOD_EIGEN_GRAD_CAM, ofLayer(new EigenGradCam())),
          entry(Method.METHOD_GRADIENT, atInput(Gradients.OF_INPUT)),
          entry(
              Method.METHOD_SMOOTH_GRAD,
              new FromEvidence(new SmoothGrad(), Gradients.OF_INPUT, true)),
          entry(Method.METHOD_GUIDED_BACKPROPAGATION, atInput(Gradients.GUIDED)),
          entry(Method.METHOD_DECONVNET, atInput(Gradients.DECONVNET)),
          entry(Method.METHOD_GUIDED_GRAD_CAM, new GuidedCam(new InputGradient(), new GradCam())),
          entry(Method.METHOD_SCORE_CAM, new FromPerturbation(new ScoreCam())),
          entry(Method.METHOD_ABLATION_CAM, new FromPerturbation(new AblationCam())),
          entry(Method.METHOD_RECIPRO_CAM, new FromPerturbation(new ReciproCam())),
          entry(Method.METHOD_RISE, new FromPerturbation(new Rise())),
          entry(Method.METHOD_HIGH_RES_CAM, new RefinedCam(new GradCam())));

  private Methods() {}

  /** How the method comes to its map, or nothing if the server does not know the method. */
  public static Optional<Technique> of(Method method) {
    return Optional.ofNullable(TABLE.get(method));
  }

  /** All methods that the server knows, in the order of their numbers. */
  public static List<Method> all() {
    return Stream.of(Method.values()).filter(TABLE::containsKey).toList();
  }

  /**
   * Whether the method is defined only for a layer that nothing but global average pooling and one
   * linear layer follow.
   */
  public static boolean needsPoolingAndLinear(Method method) {
    return method == Method.METHOD_CAM;
  }

  private static Technique ofLayer(CamMethod map) {
    return new FromEvidence(map, Gradients.OF_LAYER, false);
  }

  private static Technique atInput(Gradients gradients) {
    return new FromEvidence(new InputGradient(), gradients, false);
  }
}
