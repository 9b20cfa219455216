package dev.sightline.server.grpc;

import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Where servers listen: sockets within the bounds of connections, and the threads behind them. */
final class Sockets {
  /** What a client may have on its way while nobody reads: a few frames, not a megabyte. */
  private static final int WINDOW_BYTES = 256 << 10;

  /** A token, trace and names; beyond it a call is refused. */
  private static final int METADATA_BYTES = 8 << 10;

  /** A client that asks more often whether the server is there has its connection closed. */
  private static final int PERMITTED_PING_SECONDS = 10;

  /**
   * Resets of calls in that time, by either side, as a multiple of the calls that a client may have
   * open; more would only keep the server busy, and the connection is given up (CVE-2023-44487).
   */
  private static final int RESETS_PER_CALL = 4;

  private static final int RESET_SECONDS = 10;

  /**
   * Of all servers of the process, as the library's own are, and never ended: a worker may have an
   * answer for a connection long after its server was closed.
   */
  private static final EventLoopGroup ACCEPTING = threads(1, "sightline-accept");

  private static final EventLoopGroup TRANSFERRING = threads(0, "sightline-io");

  private Sockets() {}

  private static EventLoopGroup threads(int count, String name) {
    return new MultiThreadIoEventLoopGroup(
        count, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  /** Builds a server that listens there, within the bounds. */
  static NettyServerBuilder at(
      String host, int port, ServerCredentials credentials, ConnectionLimits limits) {
    return NettyServerBuilder.forAddress(new InetSocketAddress(host, port), credentials)
        .bossEventLoopGroup(ACCEPTING)
        .workerEventLoopGroup(TRANSFERRING)
        .channelFactory(() -> gated(limits.maxConnections()))
        .maxConcurrentCallsPerConnection(limits.maxCalls())
        .maxInboundMetadataSize(METADATA_BYTES)
        .maxRstFramesPerWindow(
            (int) Math.min(Integer.MAX_VALUE, (long) RESETS_PER_CALL * limits.maxCalls()),
            RESET_SECONDS)
        .flowControlWindow(WINDOW_BYTES)
        .handshakeTimeout(limits.handshake().toNanos(), TimeUnit.NANOSECONDS)
        .keepAliveTime(limits.keepAlive().toNanos(), TimeUnit.NANOSECONDS)
        .keepAliveTimeout(limits.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
        .permitKeepAliveTime(PERMITTED_PING_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  private static NioServerSocketChannel gated(int maxConnections) {
    NioServerSocketChannel socket = new NioServerSocketChannel();
    socket.pipeline().addFirst(new ConnectionGate(maxConnections));
    return socket;
  }
}
