package dev.sightline.client.cli;

import dev.sightline.client.Options;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that turn maps into regions. */
final class LocalisationOptions {
  @Option(
      names = "--localise",
      description = "Box the largest connected region in which each map is strong.")
  private boolean localise;

  @Option(
      names = "--threshold",
      paramLabel = "SHARE",
      description =
          "Box it where the map reaches that share of its range; 0.2 for cam and 0.15 for the others"
              + " if not given.")
  private @Nullable Float threshold;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  void addTo(Options.Builder options) {
    if (threshold == null) {
      if (localise) {
        options.localise();
      }
      return;
    }
    // The wire's 0 stands for "not given", and so would not give what was asked for.
    if (!(threshold > 0 && threshold <= 1)) {
      throw new ParameterException(spec.commandLine(), "--threshold is more than 0, at most 1");
    }
    options.localise(threshold);
  }
}
