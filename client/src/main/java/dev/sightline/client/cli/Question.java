package dev.sightline.client.cli;

import dev.sightline.client.Encoding;
import dev.sightline.client.Method;
import dev.sightline.client.Options;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of every command that say what is asked of the server. */
final class Question {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description = "The server; without it, one is started here for the time of the command.")
  @Nullable String server;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model; without it, the server's default one.")
  @Nullable String model;

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description = "The target layer; without it, the model's last convolutional one.")
  @Nullable String layer;

  @Option(
      names = "--class",
      paramLabel = "CLASS",
      converter = TargetConverter.class,
      description = "An index, a label, or top:N for the N most probable; may be repeated.")
  List<Target> targets = new ArrayList<>();

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      split = ",",
      converter = MethodConverter.class,
      description =
          "cam, grad-cam (the default), grad-cam++, extended-cam, hires-cam, layer-cam or"
              + " xgrad-cam; several share one pass.")
  List<Method> methods = new ArrayList<>();

  /** How to turn a grid into pixels. */
  enum Upsampling {
    BILINEAR,
    GAUSSIAN
  }

  @Option(
      names = "--upsampling",
      paramLabel = "HOW",
      description = "bilinear or gaussian; without it, as fits the method.")
  @Nullable Upsampling upsampling;

  @Option(
      names = "--sigma",
      paramLabel = "X,Y",
      converter = SigmaConverter.class,
      description = "The Gaussian's standard deviation in pixels of the network's input.")
  @Nullable Sigma sigma;

  @Option(
      names = "--encoding",
      paramLabel = "ENCODING",
      converter = EncodingConverter.class,
      description =
          "How maps travel: grid-float32, grid-float16, grey-png, grey-zstd, float32-zstd,"
              + " overlay-png, overlay-jpeg or overlay-webp.")
  @Nullable Encoding encoding;

  /** A Gaussian's standard deviation. */
  record Sigma(float x, float y) {}

  /** The question as the SDK puts it, without size, scaling and encoding. */
  Options.Builder toOptions() {
    Options.Builder options = Options.builder().methods(methods.toArray(new Method[0]));
    if (model != null) {
      options.model(model);
    }
    if (layer != null) {
      options.layers(layer);
    }
    targets.forEach(target -> target.addTo(options));
    if (upsampling == Upsampling.BILINEAR) {
      options.bilinear();
    } else if (upsampling == Upsampling.GAUSSIAN) {
      options.gaussian();
    }
    if (sigma != null) {
      options.sigma(sigma.x, sigma.y);
    }
    return options;
  }

  /** The names of the maps that every answer will carry, in their order: class, then method. */
  List<String> mapNames() {
    List<Method> asked = methods.isEmpty() ? List.of(Method.GRAD_CAM) : methods;
    List<Target> classes = targets.isEmpty() ? List.of(new Target.MostProbable(1)) : targets;
    boolean oneClass =
        targets.isEmpty() || (classes.size() == 1 && classes.get(0).names().size() == 1);
    return classes.stream()
        .flatMap(target -> target.names().stream())
        .flatMap(
            name -> asked.stream().map(method -> method.shortName() + (oneClass ? "" : "-" + name)))
        .toList();
  }

  static final class TargetConverter implements ITypeConverter<Target> {
    @Override
    public Target convert(String text) {
      return Target.of(text);
    }
  }

  static final class MethodConverter implements ITypeConverter<Method> {
    @Override
    public Method convert(String text) {
      try {
        return Method.of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "\"" + text + "\" is none of " + listed(Method.values(), Method::shortName));
      }
    }
  }

  static final class EncodingConverter implements ITypeConverter<Encoding> {
    @Override
    public Encoding convert(String text) {
      try {
        return Encoding.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "\""
                + text
                + "\" is none of "
                + listed(
                    Encoding.values(),
                    value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-')));
      }
    }
  }

  static final class SigmaConverter implements ITypeConverter<Sigma> {
    @Override
    public Sigma convert(String text) {
      String[] parts = text.split(",", -1);
      try {
        if (parts.length == 2) {
          return new Sigma(Float.parseFloat(parts[0]), Float.parseFloat(parts[1]));
        }
      } catch (NumberFormatException e) {
        // Falls through to the one message that says what is right.
      }
      throw new TypeConversionException("\"" + text + "\" is no pair of numbers such as 32,32");
    }
  }

  private static <T> String listed(T[] values, Function<T, String> name) {
    return Arrays.stream(values).map(name).collect(Collectors.joining(", "));
  }
}
