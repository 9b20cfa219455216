package dev.sightline.server.explain;

import dev.sightline.v1.Method;
import java.util.Map;
import java.util.Optional;

/** The methods by their names in the protocol. */
public final class Methods {
  private static final Map<Method, CamMethod> TABLE =
      Map.of(
          Method.METHOD_CAM, new Cam(),
          Method.METHOD_GRAD_CAM, new GradCam(),
          Method.METHOD_GRAD_CAM_PLUS_PLUS, new GradCamPlusPlus(),
          Method.METHOD_EXTENDED_CAM, new ExtendedCam(),
          Method.METHOD_HI_RES_CAM, new HiResCam(),
          Method.METHOD_LAYER_CAM, new LayerCam(),
          Method.METHOD_XGRAD_CAM, new XGradCam());

  private Methods() {}

  /** The method, or nothing if the server does not know it. */
  public static Optional<CamMethod> of(Method method) {
    return Optional.ofNullable(TABLE.get(method));
  }

  /**
   * Whether the method is defined only for a layer that nothing but global average pooling and one
   * linear layer follow.
   */
  public static boolean needsPoolingAndLinear(Method method) {
    return method == Method.METHOD_CAM;
  }
}
