package dev.sightline.server.grpc;

import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A server of plaintext that answers grpc.health.v1 and nothing else, for probes that speak neither
 * TLS nor know a token. It bounds what a stranger may ask of it.
 */
final class HealthServer implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 1 << 10;
  private static final int MAX_CALLS = 16;

  /** A probe asks once; who asks nothing makes room for it. */
  private static final int IDLE_SECONDS = 60;

  private final Server server;

  private HealthServer(Server server) {
    this.server = server;
  }

  /**
   * Starts it.
   *
   * @param port 0 for any free one
   * @param limits of its connections; of the calls on each, it has fewer
   * @throws IOException if it cannot listen there
   */
  static HealthServer start(String host, int port, ConnectionLimits limits, BindableService health)
      throws IOException {
    return new HealthServer(
        Sockets.at(host, port, InsecureServerCredentials.create(), limits)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS)
            .maxConnectionIdle(IDLE_SECONDS, TimeUnit.SECONDS)
            .addService(health)
            .build()
            .start());
  }

  int port() {
    return server.getPort();
  }

  /** Ends it with what is under way. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}
