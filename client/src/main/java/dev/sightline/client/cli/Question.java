package dev.sightline.client.cli;

import dev.sightline.client.Encoding;
import dev.sightline.client.Fusion;
import dev.sightline.client.Method;
import dev.sightline.client.Options;
import dev.sightline.client.SightlineClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of every command that say what is asked of the server. */
final class Question {
  /** Often enough to show, and to tell a long image from a server that is gone. */
  private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(500);

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "The server, or several with commas between them; without it, one is started here for the"
              + " time of the command.")
  @Nullable String server;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model; without it, the server's default one.")
  @Nullable String model;

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      split = ",",
      description =
          "The target layer; without it, the model's last convolutional one. Several, separated by"
              + " commas or repeated, have a map each.")
  List<String> layers = new ArrayList<>();

  @Option(
      names = "--fuse",
      paramLabel = "HOW",
      description = "mean or max: the maps of several layers become one.")
  @Nullable Fusion fusion;

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
      converter = MethodChoice.Converter.class,
      description =
          "By one pass: cam, grad-cam (the default), grad-cam++, grad-cam++-normalised,"
              + " grad-cam-per-channel, extended-cam, hires-cam, layer-cam, xgrad-cam, eigen-cam,"
              + " eigen-grad-cam; down to pixels: gradient, guided-backpropagation, deconvnet,"
              + " guided-grad-cam; by many passes: smooth-grad-cam++, smooth-grad, score-cam,"
              + " ablation-cam, recipro-cam, rise; with a trained expansion network: high-res-cam."
              + " Several share what passes they can; all is every"
              + " method that the model's layer gives.")
  List<MethodChoice> methods = new ArrayList<>();

  @Mixin private final SelectionOptions selection = new SelectionOptions();

  @Mixin private final SamplingOptions sampling = new SamplingOptions();

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

  @Mixin private final LocalisationOptions localisation = new LocalisationOptions();

  /** A Gaussian's standard deviation. */
  record Sigma(float x, float y) {}

  /**
   * Puts the question as the SDK does. Encodings that were asked for before hold where the person
   * named none.
   *
   * @param client tells what "all" methods are
   */
  void addTo(Options.Builder options, SightlineClient client) {
    List<Method> asked = methods(client);
    options
        .methods(asked.toArray(new Method[0]))
        .layers(layers.toArray(new String[0]))
        .progressEvery(PROGRESS_INTERVAL);
    if (model != null) {
      options.model(model);
    }
    if (fusion != null) {
      options.fuse(fusion);
    }
    selection.addTo(options);
    sampling.addTo(options, asked);
    targets.forEach(target -> target.addTo(options));
    if (upsampling == Upsampling.BILINEAR) {
      options.bilinear();
    } else if (upsampling == Upsampling.GAUSSIAN) {
      options.gaussian();
    }
    if (sigma != null) {
      options.sigma(sigma.x, sigma.y);
    }
    if (encoding != null) {
      options.encoding(encoding);
    }
    localisation.addTo(options);
  }

  private List<Method> methods(SightlineClient client) {
    List<Method> asked = new ArrayList<>();
    for (MethodChoice choice : methods) {
      if (choice instanceof MethodChoice.One one) {
        asked.add(one.method());
      } else {
        asked.addAll(
            MethodChoice.all(
                client.model(model == null ? "" : model),
                layers,
                selection.isGiven(),
                sigma != null || upsampling == Upsampling.BILINEAR));
      }
    }
    return asked.stream().distinct().toList();
  }

  /** What the maps of every answer are called. */
  MapNames mapNames() {
    return new MapNames(
        targets.isEmpty()
            ? List.of("top1")
            : targets.stream().flatMap(target -> target.names().stream()).toList());
  }

  static final class TargetConverter implements ITypeConverter<Target> {
    @Override
    public Target convert(String text) {
      return Target.of(text);
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
                + Arrays.stream(Encoding.values())
                    .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .collect(Collectors.joining(", ")));
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
}
