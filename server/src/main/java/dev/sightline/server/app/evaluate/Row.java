package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.Methods;
import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

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

  /**
   * The method of that name, with or without dashes.
   *
   * @throws IllegalArgumentException if there is none, with a sentence that lists those there are
   */
  public static Method method(String name) {
    String key = plain(name);
    return Methods.all().stream()
        .filter(method -> plain(name(method)).equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no method '%s'; there are %s"
                        .formatted(
                            name,
                            Methods.all().stream()
                                .map(Row::name)
                                .collect(Collectors.joining(", ")))));
  }

  /** "hirescam" is as good as "hi-res-cam". */
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("-", "");
  }

  /**
   * The upsampling of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Upsampling upsampling(String name) {
    return Arrays.stream(Upsampling.values())
        .filter(
            upsampling ->
                upsampling.name().equalsIgnoreCase("UPSAMPLING_" + name)
                    && upsampling != Upsampling.UPSAMPLING_UNSPECIFIED)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "upsampling is '%s'; there are bilinear and gaussian".formatted(name)));
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

  /** Whether the method's authors have its grid become pixels so. */
  boolean usual() {
    return switch (upsampling) {
      case UPSAMPLING_BILINEAR -> method != Method.METHOD_EXTENDED_CAM;
      case UPSAMPLING_GAUSSIAN -> method == Method.METHOD_EXTENDED_CAM;
      default -> true;
    };
  }
}
