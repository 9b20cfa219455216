package dev.sightline.server.app;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options of a command, from the environment: {@code SIGHTLINE_MAX_BATCH=4} is {@code
 * --max-batch 4}. Empty values count as none.
 */
final class EnvironmentDefaults implements IDefaultValueProvider {
  private static final String PREFIX = "SIGHTLINE_";

  /** What Kubernetes sets SIGHTLINE_PORT to, in pods beside a Service that is named sightline. */
  private static final String SERVICE_LINK = "tcp://";

  private final Map<String, String> environment;

  EnvironmentDefaults(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The value of an option such as "--max-batch"; null if there is none. */
  @Nullable String value(String option) {
    String value =
        environment.get(
            PREFIX + option.replaceFirst("^--", "").replace('-', '_').toUpperCase(Locale.ROOT));
    return value == null || value.isEmpty() || value.startsWith(SERVICE_LINK) ? null : value;
  }

  @Override
  public @Nullable String defaultValue(ArgSpec arg) {
    return arg instanceof OptionSpec option ? value(option.longestName()) : null;
  }
}
