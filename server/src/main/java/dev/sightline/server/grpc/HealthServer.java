package dev.sightline.server.grpc;

import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A server of plaintext that answers grpc.health.v1 and nothing else, for probes that speak neither
 * TLS nor know a token. It bounds what a stranger may ask of it.
 */
final class HealthServer implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 1 << 10;
  private static final int MAX_CALLS = 16;

  private final Server server;

  private HealthServer(Server server) {
    this.server = server;
  }

  /**
   * Starts it.
   *
   * @param port 0 for any free one
   * @throws IOException if it cannot listen there
   */
  static HealthServer start(String host, int port, BindableService health) throws IOException {
    return new HealthServer(
        NettyServerBuilder.forAddress(
                new InetSocketAddress(host, port), InsecureServerCredentials.create())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS)
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
