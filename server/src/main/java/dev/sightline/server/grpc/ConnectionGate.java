package dev.sightline.server.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connections that are too many, as they are accepted: nothing of them is read, and no
 * thread waits for them. Stands first behind the socket of one port that listens.
 */
final class ConnectionGate extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ConnectionGate.class);

  private final int most;
  private final AtomicInteger open = new AtomicInteger();

  /** Touched by the one thread that accepts. */
  private boolean told;

  ConnectionGate(int most) {
    this.most = most;
  }

  /** What a socket that listens reads are the connections that it accepted. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    Channel connection = (Channel) accepted;
    if (open.get() >= most) {
      // It belongs to no thread yet, so that there is no other way to close it.
      connection.unsafe().closeForcibly();
      if (!told) {
        log.warn("{} connections are open, and more are closed at once", most);
        told = true;
      }
      return;
    }
    // Told again only of another rush, not of each place that is free for a moment.
    told &= open.incrementAndGet() > most / 2;
    // However it ends, and whether or not it ever became more than a socket.
    connection.closeFuture().addListener(closed -> open.decrementAndGet());
    context.fireChannelRead(accepted);
  }
}
