package dev.sightline.server.app.evaluate;

import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.util.Locale;

/**
 * A row of the table.
 *
 * @param method the method
 * @param upsampling how its grid becomes pixels; unspecified for a method whose maps are pixels
 */
public record Row(Method method, Upsampling upsampling) {

  /** Such as "grad-cam++". */
  public static String name(Method method) {
    return method
        .name()
        .replaceFirst("METHOD_", "")
        .replace("_PLUS_PLUS", "++")
        .replace('_', '-')
        .toLowerCase(Locale.ROOT);
  }

  String upsamplingName() {
    return switch (upsampling) {
      case UPSAMPLING_BILINEAR -> "bilinear";
      case UPSAMPLING_GAUSSIAN -> "gaussian";
      default -> "none";
    };
  }

  /** Such as "grad-cam++ gaussian". */
  String key() {
    return name(method) + " " + upsamplingName();
  }
}
