package dev.sightline.client;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A method of explanation. A denotes the activation of the target layer, g the gradient of the
 * class's logit with respect to it, and M the map. Most take one pass; some take several, up to
 * thousands, which a server bounds.
 */
public enum Method {
  /** M = Σ_k w_k A_k with the weights of the linear layer behind global pooling (Zhou 2016). */
  CAM("CAM", "cam", dev.sightline.v1.Method.METHOD_CAM, "Zhou et al. 2016"),

  /** M = ReLU(Σ_k a_k A_k), a_k the mean of g_k (Selvaraju et al. 2017). */
  GRAD_CAM(
      "Grad-CAM", "grad-cam", dev.sightline.v1.Method.METHOD_GRAD_CAM, "Selvaraju et al. 2017"),

  /** Grad-CAM with weights from powers of the gradient (Chattopadhay et al. 2018). */
  GRAD_CAM_PLUS_PLUS(
      "Grad-CAM++",
      "grad-cam++",
      dev.sightline.v1.Method.METHOD_GRAD_CAM_PLUS_PLUS,
      "Chattopadhay et al. 2018"),

  /** M = Σ_k g_k A_k element by element, signed, upsampled by Gaussians (Kim et al. 2020). */
  EXTENDED_CAM(
      "Extended-CAM",
      "extended-cam",
      dev.sightline.v1.Method.METHOD_EXTENDED_CAM,
      "Kim et al. 2020"),

  /** M = ReLU(Σ_k g_k A_k) element by element (Draelos and Carin 2020). */
  HI_RES_CAM(
      "HiResCAM", "hires-cam", dev.sightline.v1.Method.METHOD_HI_RES_CAM, "Draelos and Carin 2020"),

  /** M = ReLU(Σ_k ReLU(g_k) A_k) element by element (Jiang et al. 2021). */
  LAYER_CAM("LayerCAM", "layer-cam", dev.sightline.v1.Method.METHOD_LAYER_CAM, "Jiang et al. 2021"),

  /** Grad-CAM with gradients weighed by the activations (Fu et al. 2020). */
  XGRAD_CAM("XGrad-CAM", "xgrad-cam", dev.sightline.v1.Method.METHOD_XGRAD_CAM, "Fu et al. 2020"),

  /** Grad-CAM with the ReLU on every channel's weight. */
  GRAD_CAM_PER_CHANNEL(
      "Grad-CAM per channel",
      "grad-cam-per-channel",
      dev.sightline.v1.Method.METHOD_GRAD_CAM_PER_CHANNEL,
      "after Selvaraju et al. 2017"),

  /** Grad-CAM++ with each channel's α divided by its sum, as in its authors' code. */
  GRAD_CAM_PLUS_PLUS_NORMALISED(
      "Grad-CAM++ normalised",
      "grad-cam++-normalised",
      dev.sightline.v1.Method.METHOD_GRAD_CAM_PLUS_PLUS_NORMALISED,
      "Chattopadhay et al., their code"),

  /** Grad-CAM++ with the gradient's powers averaged over noisy inputs (Omeiza et al. 2019). */
  SMOOTH_GRAD_CAM_PLUS_PLUS(
      "Smooth Grad-CAM++",
      "smooth-grad-cam++",
      dev.sightline.v1.Method.METHOD_SMOOTH_GRAD_CAM_PLUS_PLUS,
      "Omeiza et al. 2019"),

  /** A on its first principal component, signed (Muhammad and Yeasin 2020). */
  EIGEN_CAM(
      "Eigen-CAM",
      "eigen-cam",
      dev.sightline.v1.Method.METHOD_EIGEN_CAM,
      "Muhammad and Yeasin 2020"),

  /** g ⊙ A on its first principal component, signed. */
  EIGEN_GRAD_CAM(
      "Eigen-Grad-CAM",
      "eigen-grad-cam",
      dev.sightline.v1.Method.METHOD_EIGEN_GRAD_CAM,
      "after Muhammad and Yeasin 2020"),

  /** The gradient at the input, at pixel level (Simonyan et al. 2013). */
  GRADIENT("Gradient", "gradient", dev.sightline.v1.Method.METHOD_GRADIENT, "Simonyan et al. 2013"),

  /** The gradient averaged over noisy inputs, at pixel level (Smilkov et al. 2017). */
  SMOOTH_GRAD(
      "SmoothGrad",
      "smooth-grad",
      dev.sightline.v1.Method.METHOD_SMOOTH_GRAD,
      "Smilkov et al. 2017"),

  /** A backward pass through active ReLUs only, at pixel level (Springenberg et al. 2014). */
  GUIDED_BACKPROPAGATION(
      "Guided backpropagation",
      "guided-backpropagation",
      dev.sightline.v1.Method.METHOD_GUIDED_BACKPROPAGATION,
      "Springenberg et al. 2014"),

  /** A backward pass that rectifies gradients, at pixel level (Zeiler and Fergus 2014). */
  DECONVNET(
      "Deconvnet", "deconvnet", dev.sightline.v1.Method.METHOD_DECONVNET, "Zeiler and Fergus 2014"),

  /** Guided backpropagation times Grad-CAM, at pixel level (Selvaraju et al. 2017). */
  GUIDED_GRAD_CAM(
      "Guided Grad-CAM",
      "guided-grad-cam",
      dev.sightline.v1.Method.METHOD_GUIDED_GRAD_CAM,
      "Selvaraju et al. 2017"),

  /** Channels weighed by the score of the input they mask (Wang et al. 2020). */
  SCORE_CAM("Score-CAM", "score-cam", dev.sightline.v1.Method.METHOD_SCORE_CAM, "Wang et al. 2020"),

  /** Channels weighed by what the score loses without them (Desai and Ramaswamy 2020). */
  ABLATION_CAM(
      "Ablation-CAM",
      "ablation-cam",
      dev.sightline.v1.Method.METHOD_ABLATION_CAM,
      "Desai and Ramaswamy 2020"),

  /** Cells by the probability that they alone give (Byun and Lee 2022). */
  RECIPRO_CAM(
      "Recipro-CAM",
      "recipro-cam",
      dev.sightline.v1.Method.METHOD_RECIPRO_CAM,
      "Byun and Lee 2022"),

  /** The mean of random masks, weighed by probability, at pixel level (Petsiuk et al. 2018). */
  RISE("RISE", "rise", dev.sightline.v1.Method.METHOD_RISE, "Petsiuk et al. 2018"),

  /**
   * Grad-CAM refined by the shapes that an expansion network rebuilds, at pixel level; only for
   * models that have one (Tagaris et al. 2019).
   */
  HIGH_RES_CAM(
      "High-Resolution CAM",
      "high-res-cam",
      dev.sightline.v1.Method.METHOD_HIGH_RES_CAM,
      "Tagaris et al. 2019");

  private final String title;
  private final String shortName;
  private final dev.sightline.v1.Method wire;
  private final String source;

  Method(String title, String shortName, dev.sightline.v1.Method wire, String source) {
    this.source = source;
    this.title = title;
    this.shortName = shortName;
    this.wire = wire;
  }

  /** The method's name as its paper writes it, such as "Grad-CAM++". */
  public String title() {
    return title;
  }

  /** The method's name in commands and file names, such as "grad-cam++". */
  public String shortName() {
    return shortName;
  }

  /** The paper that the method comes from, such as "Selvaraju et al. 2017". */
  public String source() {
    return source;
  }

  /** The method as the protocol names it. */
  public dev.sightline.v1.Method toProto() {
    return wire;
  }

  /**
   * The method of that title or short name; case, dashes and underscores do not matter, so that
   * "GradCAM++", "grad-cam++" and "GRAD_CAM_PLUS_PLUS" are one.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static Method of(String name) {
    String sought = simplified(name);
    for (Method method : values()) {
      if (simplified(method.shortName).equals(sought) || simplified(method.title).equals(sought)) {
        return method;
      }
    }
    throw new IllegalArgumentException("unknown method \"" + name + "\"");
  }

  /** Whether its map is at pixel level by itself, rather than of a layer's grid. */
  public boolean isPixelLevel() {
    return switch (this) {
      case GRADIENT,
          SMOOTH_GRAD,
          GUIDED_BACKPROPAGATION,
          DECONVNET,
          GUIDED_GRAD_CAM,
          RISE,
          HIGH_RES_CAM ->
          true;
      default -> false;
    };
  }

  /**
   * Whether it is a function of a layer's activation and gradient, of which feature maps and
   * neurons may be selected.
   */
  public boolean takesSelection() {
    return switch (this) {
      case SCORE_CAM, ABLATION_CAM, RECIPRO_CAM -> false;
      default -> !isPixelLevel();
    };
  }

  static Method of(dev.sightline.v1.Method wire) {
    return known(wire)
        .orElseThrow(
            () -> new IllegalArgumentException("this client does not know the method " + wire));
  }

  static Optional<Method> known(dev.sightline.v1.Method wire) {
    return Arrays.stream(values()).filter(method -> method.wire == wire).findFirst();
  }

  /** Those that this client knows, in their order. */
  static List<Method> known(List<dev.sightline.v1.Method> wire) {
    return wire.stream().flatMap(method -> known(method).stream()).toList();
  }

  private static String simplified(String name) {
    return name.toLowerCase(Locale.ROOT).replace("+", "plus").replaceAll("[-_ ]", "");
  }
}
