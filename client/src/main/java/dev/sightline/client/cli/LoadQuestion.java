package dev.sightline.client.cli;

import dev.sightline.client.Encoding;
import dev.sightline.client.Method;
import dev.sightline.client.Options;
import dev.sightline.client.load.Asked;
import dev.sightline.client.load.Mix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a load that say what its streams ask of the server. */
final class LoadQuestion {
  @Mixin final Access access = new Access();

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model; without it, the server's default one.")
  @Nullable String model;

  @Option(
      names = "--method",
      paramLabel = "METHOD[:N]",
      split = ",",
      converter = Weighted.OfMethods.class,
      description =
          "What the streams ask for; grad-cam if not given. Of several, separated by commas, each"
              + " has its share of the streams: layer-cam:3 three times that of one without a"
              + " number.")
  private List<Mix<Method>> methods = List.of(new Mix<>(Method.GRAD_CAM, 1));

  @Option(
      names = "--encoding",
      paramLabel = "ENCODING[:N]",
      split = ",",
      converter = Weighted.OfEncodings.class,
      description =
          "How maps travel, mixed likewise; grid-float16 if not given: grid-float32, grid-float16,"
              + " grey-png, grey-zstd, float32-zstd, overlay-png, overlay-jpeg or overlay-webp.")
  private List<Mix<Encoding>> encodings = List.of(new Mix<>(Encoding.GRID_FLOAT16, 1));

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      split = ",",
      description = "The target layer, or several with a map each.")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--class",
      paramLabel = "CLASS",
      converter = Question.TargetConverter.class,
      description = "An index, a label, or top:N for the N most probable; may be repeated.")
  private List<Target> targets = new ArrayList<>();

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Size.Converter.class,
      description = "The size of maps in pixels: original, input (if not given) or WxH.")
  private @Nullable Size size;

  @Option(
      names = "--max-age",
      paramLabel = "TIME",
      converter = Span.class,
      description = "The server is to drop frames that are older, such as 500ms.")
  private @Nullable Duration maxAge;

  @Option(
      names = "--skip-unchanged",
      paramLabel = "LEVELS",
      converter = GreyLevels.class,
      description =
          "The server is to explain no frame of a live stream whose blocks of pixels are all within"
              + " so many grey levels of the last one that it explained; 3 is usual.")
  @Nullable Float skipUnchanged;

  @Mixin private final SamplingOptions sampling = new SamplingOptions();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** What each of so many streams asks. */
  List<Asked> asked(int streams) {
    List<Mix<Asked>> mixes = new ArrayList<>();
    for (Mix<Method> method : methods) {
      for (Mix<Encoding> encoding : encodings) {
        mixes.add(
            new Mix<>(
                asked(method.thing(), encoding.thing()), method.weight() * encoding.weight()));
      }
    }
    List<Asked> dealt = Mix.deal(mixes, streams);
    if (dealt.stream().distinct().count() < mixes.stream().map(Mix::thing).distinct().count()) {
      throw new ParameterException(
          spec.commandLine(),
          "%d streams are too few for each of %d mixes of methods and encodings to have its share"
              .formatted(streams, mixes.size()));
    }
    return dealt;
  }

  /** Where random numbers begin. */
  long seed() {
    return sampling.seed();
  }

  private Asked asked(Method method, Encoding encoding) {
    Options.Builder options =
        Options.builder().methods(method).encoding(encoding).layers(layers.toArray(new String[0]));
    if (model != null) {
      options.model(model);
    }
    if (size != null) {
      size.addTo(options);
    }
    if (maxAge != null) {
      if (maxAge.isZero()) {
        throw new ParameterException(spec.commandLine(), "--max-age is more than 0");
      }
      options.maxAge(maxAge);
    }
    if (skipUnchanged != null) {
      options.skipUnchanged(skipUnchanged);
    }
    targets.forEach(target -> target.addTo(options));
    sampling.addTo(options, List.of(method));
    String name =
        method.shortName()
            + ", "
            + encoding.name().toLowerCase(Locale.ROOT).replace('_', '-')
            + (skipUnchanged == null ? "" : ", changes of more than " + skipUnchanged);
    return new Asked(name, options.build());
  }
}
