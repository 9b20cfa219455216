package dev.sightline.server.app.telemetry;

import java.time.Duration;

/**
 * How a server is watched.
 *
 * @param host the address of the management port
 * @param port the management port; 0 for none, negative for any free one
 * @param streams how many streams have their drops counted under their own names
 * @param traceInterval the time between images of one stream that are traced; zero traces all
 */
public record ManagementSettings(String host, int port, int streams, Duration traceInterval) {

  /** Checks the ranges; an {@link IllegalArgumentException} names the option. */
  public ManagementSettings {
    if (port > 65_535) {
      throw new IllegalArgumentException(
          "management-port is %d, 0 to 65535 is allowed".formatted(port));
    }
    if (streams < 0 || streams > 10_000) {
      throw new IllegalArgumentException(
          "metrics-streams is %d, 0 to 10000 is allowed".formatted(streams));
    }
    if (traceInterval.isNegative()) {
      throw new IllegalArgumentException(
          "trace-interval-ms is %d, at least 0 is needed".formatted(traceInterval.toMillis()));
    }
  }

  boolean hasPort() {
    return port != 0;
  }

  int listenPort() {
    return Math.max(port, 0);
  }
}
