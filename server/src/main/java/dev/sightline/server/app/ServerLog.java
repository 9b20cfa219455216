package dev.sightline.server.app;

import java.util.Map;
import java.util.Set;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The log of a server that runs on its own: logback.xml says what a line looks like, as text or, by
 * {@value #FORMAT}, as JSON.
 */
final class ServerLog {
  private static final String FORMAT = "SIGHTLINE_LOG_FORMAT";
  private static final Set<String> FORMATS = Set.of("text", "json");

  private ServerLog() {}

  /**
   * Has the libraries that log by the JDK's own means, gRPC and OpenTelemetry, write to the same
   * log.
   *
   * @throws IllegalArgumentException for a format that there is not, which would leave the log
   *     without a place to go
   */
  static void open(Map<String, String> environment) {
    String format = environment.getOrDefault(FORMAT, "text");
    if (!FORMATS.contains(format)) {
      throw new IllegalArgumentException(
          "%s is %s, but there are only text and json".formatted(FORMAT, format));
    }
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
  }
}
