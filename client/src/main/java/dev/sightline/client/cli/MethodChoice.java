package dev.sightline.client.cli;

import dev.sightline.client.Layer;
import dev.sightline.client.Method;
import dev.sightline.client.Model;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --method} chooses. */
sealed interface MethodChoice {

  /** A method. */
  record One(Method method) implements MethodChoice {}

  /** Every method that a model gives. */
  record All() implements MethodChoice {}

  /**
   * Every method that a model gives at those layers, in their usual order.
   *
   * @param layers none means the default layer
   * @param selecting whether only feature maps or neurons of the layers are asked for
   * @param withoutSigma whether a layer whose Gaussian nobody knows can still be upsampled
   */
  static List<Method> all(
      Model model, List<String> layers, boolean selecting, boolean withoutSigma) {
    List<Layer> explained =
        (layers.isEmpty() ? List.of(model.defaultLayer()) : layers)
            .stream().flatMap(name -> layer(model, name)).toList();
    return Arrays.stream(Method.values())
        .filter(
            method ->
                model.methods().contains(method)
                    || (!explained.isEmpty()
                        && explained.stream().allMatch(layer -> layer.methods().contains(method))))
        .filter(method -> !selecting || method.takesSelection())
        .filter(
            method ->
                method != Method.EXTENDED_CAM
                    || withoutSigma
                    || explained.stream().allMatch(layer -> layer.sigmaX() > 0))
        .toList();
  }

  private static Stream<Layer> layer(Model model, String name) {
    if (name.isEmpty()) {
      return Stream.empty();
    }
    return Stream.of(
        model
            .layer(name)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        "%s has no layer \"%s\" that can be explained; it has %s"
                            .formatted(
                                model.summary().name(),
                                name,
                                model.layers().stream()
                                    .map(Layer::name)
                                    .collect(Collectors.joining(", "))))));
  }

  /** Reads a method's name, or all. */
  final class Converter implements ITypeConverter<MethodChoice> {
    @Override
    public MethodChoice convert(String text) {
      if (text.equalsIgnoreCase("all")) {
        return new All();
      }
      try {
        return new One(Method.of(text));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("\"" + text + "\" is none of all, " + names());
      }
    }

    /** All names, in their usual order. */
    static String names() {
      return Arrays.stream(Method.values())
          .map(Method::shortName)
          .collect(Collectors.joining(", "));
    }
  }
}
