package dev.sightline.client.cli;

import dev.sightline.client.Method;
import dev.sightline.client.Options;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of methods that take several passes of the network. */
final class SamplingOptions {
  /** Without noise these methods would show no more than their plain forms. */
  private static final int DEFAULT_SAMPLES = 16;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "Noisy inputs that smooth-grad-cam++ and smooth-grad average, each a pass; "
              + DEFAULT_SAMPLES
              + " if not given, 0 for none.")
  private @Nullable Integer samples;

  @Option(
      names = "--std-dev",
      paramLabel = "S",
      description = "The noise as a share of the input's range; 0.15 if not given.")
  private @Nullable Float stdDev;

  @Option(
      names = "--masks",
      paramLabel = "N",
      description = "Masks of rise, each a pass; 1000 if not given.")
  private @Nullable Integer masks;

  @Option(
      names = "--seed",
      paramLabel = "K",
      description = "Where random numbers begin: the same one gives the same maps; 0 if not given.")
  private long seed;

  @Option(
      names = "--flip",
      description = "Average every map with the mirrored image's; twice the passes.")
  private boolean flip;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Asks for noise and masks where one of the methods takes them. */
  void addTo(Options.Builder options, List<Method> methods) {
    // The wire's 0 stands for "not given", and so would not give what was asked for.
    require(samples == null || samples >= 0, "--samples is 0 or more");
    require(masks == null || masks > 0, "--masks is 1 or more");
    require(
        stdDev == null || (stdDev > 0 && Float.isFinite(stdDev)),
        "--std-dev is more than 0, finite");
    if (methods.contains(Method.SMOOTH_GRAD)
        || methods.contains(Method.SMOOTH_GRAD_CAM_PLUS_PLUS)) {
      options.noise(samples == null ? DEFAULT_SAMPLES : samples, stdDev == null ? 0 : stdDev, seed);
    }
    if (methods.contains(Method.RISE)) {
      options.masks(masks == null ? 0 : masks, seed);
    }
    if (flip) {
      options.flipSmoothing();
    }
  }

  /** Where random numbers begin. */
  long seed() {
    return seed;
  }

  private void require(boolean met, String rule) {
    if (!met) {
      throw new ParameterException(spec.commandLine(), rule);
    }
  }
}
