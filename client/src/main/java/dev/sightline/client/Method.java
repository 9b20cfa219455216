package dev.sightline.client;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A method of explanation. A denotes the activation of the target layer, g the gradient of the
 * class's logit with respect to it, and M the map.
 */
public enum Method {
  /** M = Σ_k w_k A_k with the weights of the linear layer behind global pooling (Zhou 2016). */
  CAM("CAM", "cam", dev.sightline.v1.Method.METHOD_CAM),

  /** M = ReLU(Σ_k a_k A_k), a_k the mean of g_k (Selvaraju et al. 2017). */
  GRAD_CAM("Grad-CAM", "grad-cam", dev.sightline.v1.Method.METHOD_GRAD_CAM),

  /** Grad-CAM with weights from powers of the gradient (Chattopadhay et al. 2018). */
  GRAD_CAM_PLUS_PLUS("Grad-CAM++", "grad-cam++", dev.sightline.v1.Method.METHOD_GRAD_CAM_PLUS_PLUS),

  /** M = Σ_k g_k A_k element by element, signed, upsampled by Gaussians (Kim et al. 2020). */
  EXTENDED_CAM("Extended-CAM", "extended-cam", dev.sightline.v1.Method.METHOD_EXTENDED_CAM),

  /** M = ReLU(Σ_k g_k A_k) element by element (Draelos and Carin 2020). */
  HI_RES_CAM("HiResCAM", "hires-cam", dev.sightline.v1.Method.METHOD_HI_RES_CAM),

  /** M = ReLU(Σ_k ReLU(g_k) A_k) element by element (Jiang et al. 2021). */
  LAYER_CAM("LayerCAM", "layer-cam", dev.sightline.v1.Method.METHOD_LAYER_CAM),

  /** Grad-CAM with gradients weighed by the activations (Fu et al. 2020). */
  XGRAD_CAM("XGrad-CAM", "xgrad-cam", dev.sightline.v1.Method.METHOD_XGRAD_CAM);

  private final String title;
  private final String shortName;
  private final dev.sightline.v1.Method wire;

  Method(String title, String shortName, dev.sightline.v1.Method wire) {
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

  /** The method as the protocol names it. */
  public dev.sightline.v1.Method toProto() {
    return wire;
  }

  /**
   * The method of that name; case, dashes and underscores do not matter, so that "GradCAM++",
   * "grad-cam++" and "GRAD_CAM_PLUS_PLUS" are one.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static Method of(String name) {
    String sought = simplified(name);
    for (Method method : values()) {
      if (simplified(method.shortName).equals(sought)) {
        return method;
      }
    }
    throw new IllegalArgumentException("unknown method \"" + name + "\"");
  }

  static Method of(dev.sightline.v1.Method wire) {
    return known(wire)
        .orElseThrow(
            () -> new IllegalArgumentException("this client does not know the method " + wire));
  }

  static Optional<Method> known(dev.sightline.v1.Method wire) {
    return Arrays.stream(values()).filter(method -> method.wire == wire).findFirst();
  }

  private static String simplified(String name) {
    return name.toLowerCase(Locale.ROOT).replace("+", "plus").replaceAll("[-_ ]", "");
  }
}
