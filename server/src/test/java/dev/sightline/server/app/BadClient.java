package dev.sightline.server.app;

import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.Image;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.net.URI;
import java.util.Random;

/** A client that does everything wrong, and expects to be told. Not thread-safe. */
final class BadClient implements AutoCloseable {
  private final ManagedChannel channel;
  private final Random random;
  private final BadCalls calls;
  private final BadWire wire;
  private final BadSockets sockets;

  /**
   * A client of a server of {@link SmallModel}, which does the same for the same seed.
   *
   * @param good an image that is explained
   */
  BadClient(String address, Image good, Random random) {
    this.random = random;
    channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
    calls = new BadCalls(channel, good, random);
    wire = new BadWire(channel, ExplainRequest.newBuilder().setImage(good).build(), random);
    sockets = new BadSockets(URI.create("grpc://" + address).getPort(), random);
  }

  /** Sends at least that many bad messages; returns how many. */
  int send(int messages) throws Exception {
    int sent = 0;
    while (sent < messages) {
      sent += next();
    }
    return sent;
  }

  private int next() throws Exception {
    int choice = random.nextInt(400);
    if (choice < 160) {
      return calls.next();
    }
    if (choice < 300) {
      wire.next();
    } else if (choice < 380) {
      sockets.next();
    } else if (choice < 399) {
      wire.miscounted();
    } else {
      wire.bomb();
    }
    return 1;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
