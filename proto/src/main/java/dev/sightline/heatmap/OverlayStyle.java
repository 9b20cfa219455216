package dev.sightline.heatmap;

import dev.sightline.v1.Method;

/** How a map is drawn over a photograph. */
public enum OverlayStyle {
  /** In the colours of {@link ColorMap}, the stronger the map, the less of the photograph shows. */
  COLOURS,

  /**
   * As lights on the darkened photograph. Maps whose pixels differ from their neighbours, a few of
   * them far stronger than all others, cannot be seen in colours: their strongest hundredth is all
   * drawn as the brightest light, and the rest in proportion.
   */
  LIGHTS;

  /** The style that shows the maps of a method. */
  public static OverlayStyle of(Method method) {
    return switch (method) {
      case METHOD_GRADIENT,
          METHOD_SMOOTH_GRAD,
          METHOD_GUIDED_BACKPROPAGATION,
          METHOD_DECONVNET,
          METHOD_GUIDED_GRAD_CAM ->
          LIGHTS;
      default -> COLOURS;
    };
  }
}
