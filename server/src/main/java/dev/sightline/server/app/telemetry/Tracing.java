package dev.sightline.server.app.telemetry;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The OpenTelemetry SDK as the standard variables configure it, if they configure anything: unlike
 * the SDK by itself, silence means no traces and not an exporter to localhost.
 */
final class Tracing {
  private static final String EXPORTER = "OTEL_TRACES_EXPORTER";
  private static final List<String> ENDPOINTS =
      List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

  private Tracing() {}

  /**
   * The SDK; nothing if no exporter is configured.
   *
   * @param environment the variables, such as {@code OTEL_EXPORTER_OTLP_ENDPOINT}
   * @throws IllegalArgumentException if they ask for what there is not: only OTLP over HTTP is
   */
  static Optional<OpenTelemetrySdk> configured(Map<String, String> environment) {
    String exporter = environment.getOrDefault(EXPORTER, "");
    boolean wanted =
        exporter.isBlank()
            ? ENDPOINTS.stream().anyMatch(name -> !environment.getOrDefault(name, "").isBlank())
            : !exporter.equals("none");
    if (!wanted || Boolean.parseBoolean(environment.get("OTEL_SDK_DISABLED"))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          AutoConfiguredOpenTelemetrySdk.builder()
              .addPropertiesSupplier(Tracing::defaults)
              .addPropertiesCustomizer(config -> properties(environment))
              .disableShutdownHook()
              .build()
              .getOpenTelemetrySdk());
    } catch (ConfigurationException | IllegalStateException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalArgumentException(
          "the OTEL_ variables ask for what cannot be had (%s); traces leave as OTLP over HTTP"
              .formatted(cause.getMessage()),
          e);
    }
  }

  /** What the variables say is left to them; metrics and logs have ways of their own. */
  private static Map<String, String> defaults() {
    return Map.of(
        "otel.service.name", "sightline",
        "otel.exporter.otlp.protocol", "http/protobuf",
        "otel.metrics.exporter", "none",
        "otel.logs.exporter", "none");
  }

  private static Map<String, String> properties(Map<String, String> environment) {
    Map<String, String> properties = new HashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_") && !value.isBlank()) {
            properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    return properties;
  }
}
