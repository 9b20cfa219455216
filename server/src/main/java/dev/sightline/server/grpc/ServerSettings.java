package dev.sightline.server.grpc;

import java.time.Duration;

/**
 * How a server listens.
 *
 * @param host the address to listen on
 * @param port the port to listen on, 0 for any free one
 * @param maxMessageBytes the largest message that is taken in; a larger one ends its call, so this
 *     should be well above the largest image, which is answered with its own problem
 * @param reflection whether the server describes its services to whoever may call
 * @param grace how long closing waits for accepted images to be answered and read
 * @param connections the bounds of its connections
 */
public record ServerSettings(
    String host,
    int port,
    int maxMessageBytes,
    boolean reflection,
    Duration grace,
    ConnectionLimits connections) {

  /**
   * A loopback address and any free port, 64 MiB, reflection, 10 s of grace, and the default bounds
   * of connections.
   */
  public static final ServerSettings LOOPBACK =
      new ServerSettings(
          "127.0.0.1", 0, 64 << 20, true, Duration.ofSeconds(10), ConnectionLimits.DEFAULT);

  /** Checks that the size is positive and the grace not negative. */
  public ServerSettings {
    if (maxMessageBytes < 1 || grace.isNegative()) {
      throw new IllegalArgumentException(
          "maxMessageBytes %d, grace %s".formatted(maxMessageBytes, grace));
    }
  }

  /** The same settings on another address. */
  public ServerSettings on(String newHost, int newPort) {
    return new ServerSettings(newHost, newPort, maxMessageBytes, reflection, grace, connections);
  }

  /** The same settings with another time of grace. */
  public ServerSettings within(Duration newGrace) {
    return new ServerSettings(host, port, maxMessageBytes, reflection, newGrace, connections);
  }

  /** The same settings with reflection, or without. */
  public ServerSettings reflecting(boolean described) {
    return new ServerSettings(host, port, maxMessageBytes, described, grace, connections);
  }

  /** The same settings with other bounds of messages and connections. */
  public ServerSettings bounded(int messageBytes, ConnectionLimits newConnections) {
    return new ServerSettings(host, port, messageBytes, reflection, grace, newConnections);
  }
}
