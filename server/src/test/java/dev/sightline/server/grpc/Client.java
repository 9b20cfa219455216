package dev.sightline.server.grpc;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A client whose end of the wire can be cut, or left hanging. */
final class Client implements AutoCloseable {
  final ManagedChannel channel;
  private final Queue<NioSocketChannel> sockets = new ConcurrentLinkedQueue<>();

  /** A client of a server at that address. */
  Client(String address, EventLoopGroup threads) {
    channel =
        NettyChannelBuilder.forTarget(address)
            .usePlaintext()
            .flowControlWindow(64 << 10)
            .eventLoopGroup(threads)
            .channelFactory(
                () -> {
                  NioSocketChannel socket = new NioSocketChannel();
                  sockets.add(socket);
                  return socket;
                })
            .build();
  }

  /**
   * The process is killed: no goodbye of HTTP/2, only the socket is closed, with a reset. And no
   * call is tried again, as the library would those that it had not written yet.
   */
  void kill() {
    for (NioSocketChannel socket : sockets) {
      socket
          .eventLoop()
          .execute(
              () -> {
                forget(socket);
                channel.shutdownNow();
              });
    }
  }

  private static void forget(Channel socket) {
    ((NioSocketChannel) socket).config().setSoLinger(0);
    // Not through the pipeline, which would say goodbye.
    socket.unsafe().close(socket.voidPromise());
  }

  /** The cable is pulled: the socket stays open, and nothing that comes is read. */
  void hang() {
    sockets.forEach(socket -> socket.config().setAutoRead(false));
  }

  /** Whether this end has neither closed its sockets nor been told that the other one did. */
  boolean isOpen() {
    return sockets.stream().allMatch(socket -> socket.isActive() && !socket.isShutdown());
  }

  /** Bytes of buffers in use, of all clients and servers of this JVM; it must be connected. */
  long buffersInUse() {
    return ((PooledByteBufAllocator) sockets.element().alloc()).pinnedDirectMemory();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
