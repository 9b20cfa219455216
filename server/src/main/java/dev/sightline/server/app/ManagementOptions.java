package dev.sightline.server.app;

import dev.sightline.server.app.telemetry.ManagementSettings;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How a server may be watched, among its options. */
final class ManagementOptions {

  @Option(
      names = "--management-port",
      defaultValue = "8485",
      description =
          "Port of /metrics (Prometheus), /live and /ready over HTTP; 0 for none. Default:"
              + " ${DEFAULT-VALUE}")
  int managementPort;

  @Option(
      names = "--management-host",
      defaultValue = "127.0.0.1",
      description =
          "Address of the management port, which asks nobody who they are. Default:"
              + " ${DEFAULT-VALUE}")
  String managementHost = "";

  @Option(
      names = "--metrics-streams",
      defaultValue = "0",
      description =
          "Streams whose dropped frames are counted under the names that their clients give them:"
              + " the first so many, each 19 series. Default: ${DEFAULT-VALUE}")
  int metricsStreams;

  @Option(
      names = "--trace-interval-ms",
      defaultValue = "1000",
      description =
          "Milliseconds between images of one stream that are traced, where OTEL_... variables name"
              + " an exporter; 0 traces all. Default: ${DEFAULT-VALUE}")
  long traceIntervalMillis;

  ManagementSettings settings() {
    if (managementPort < 0) {
      throw new IllegalArgumentException(
          "management-port is %d, 0 to 65535 is allowed".formatted(managementPort));
    }
    return new ManagementSettings(
        managementHost, managementPort, metricsStreams, Duration.ofMillis(traceIntervalMillis));
  }
}
