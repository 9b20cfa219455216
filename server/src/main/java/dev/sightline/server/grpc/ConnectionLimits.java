package dev.sightline.server.grpc;

import java.time.Duration;

/**
 * The bounds of a server's connections, and when it gives one up. They hold for each port that it
 * listens on.
 *
 * @param maxConnections connections that may be open at once, whether or not a client ever speaks
 *     on them; a further one is closed at once
 * @param maxCalls calls that may be open at once on a connection; a client keeps further ones until
 *     it may send them
 * @param handshake how long a client may take for TLS
 * @param keepAlive how long a client may say nothing before it is asked whether it is still there
 * @param keepAliveTimeout how long it may take to answer that, which one cannot that has not even
 *     begun to speak HTTP/2; then its connection is closed, ten seconds later at most
 */
public record ConnectionLimits(
    int maxConnections,
    int maxCalls,
    Duration handshake,
    Duration keepAlive,
    Duration keepAliveTimeout) {

  /**
   * 2048 connections, one for each stream and call that a server takes by default and half of what
   * a process usually may have open; 256 calls on each. A client has 20 seconds for TLS, and one
   * that vanished without a word is given up within 90 seconds.
   */
  public static final ConnectionLimits DEFAULT =
      new ConnectionLimits(
          2048, 256, Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(20));

  /** Checks that all are positive. */
  public ConnectionLimits {
    if (maxConnections < 1 || maxCalls < 1) {
      throw new IllegalArgumentException(
          "maxConnections %d, maxCalls %d".formatted(maxConnections, maxCalls));
    }
    if (!isPositive(handshake) || !isPositive(keepAlive) || !isPositive(keepAliveTimeout)) {
      throw new IllegalArgumentException(
          "handshake %s, keepAlive %s, keepAliveTimeout %s"
              .formatted(handshake, keepAlive, keepAliveTimeout));
    }
  }

  /** The same for other numbers of connections, and of calls on each. */
  public ConnectionLimits of(int connections, int callsOfEach) {
    return new ConnectionLimits(connections, callsOfEach, handshake, keepAlive, keepAliveTimeout);
  }

  /** The same for clients that have less time, or more. */
  public ConnectionLimits within(
      Duration newHandshake, Duration newKeepAlive, Duration newKeepAliveTimeout) {
    return new ConnectionLimits(
        maxConnections, maxCalls, newHandshake, newKeepAlive, newKeepAliveTimeout);
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isNegative() && !duration.isZero();
  }
}
