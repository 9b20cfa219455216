package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The whole server but for the model, on a real loopback socket; passes can be held up. */
final class TrialServer implements AutoCloseable {
  final PixelModel model = new PixelModel(4);
  final Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
  final SightlineServer server;

  /** A server whose close waits that long for open calls. */
  TrialServer(StreamLimits limits, Duration grace) throws IOException {
    this(ServerSettings.LOOPBACK.within(grace), Security.OPEN, limits);
  }

  /** A server that asks its clients that often whether they are still there. */
  TrialServer(Duration keepAlive) throws IOException {
    this(
        ServerSettings.LOOPBACK.bounded(
            ServerSettings.LOOPBACK.maxMessageBytes(),
            ConnectionLimits.DEFAULT.within(Duration.ofSeconds(20), keepAlive, keepAlive)),
        Security.OPEN,
        StreamLimits.DEFAULT);
  }

  /** A server with those settings. */
  TrialServer(ServerSettings settings, Security security, StreamLimits limits) throws IOException {
    batcher.start(1);
    server = SightlineServer.start(settings, security, limits, batcher, model.planner(), model);
  }

  /** Passes do not go on until they are let. */
  Gate gate() {
    Gate gate = new Gate();
    model.last.during(gate::pass);
    return gate;
  }

  /** Waits until an image waits behind those that are in passes. */
  void awaitWaiting() {
    while (batcher.waiting() == 0) {
      Thread.onSpinWait();
      if (Thread.interrupted()) {
        throw new AssertionError("nothing waits");
      }
    }
  }

  /** Waits until nothing is left of any call. */
  void awaitEmpty() {
    while (left() > 0) {
      Thread.onSpinWait();
      if (Thread.interrupted()) {
        throw new AssertionError(
            "left: %d streams, %d calls, %d places, %d bytes"
                .formatted(
                    server.openStreams(),
                    server.openCalls(),
                    batcher.places(),
                    server.unsentBytes()));
      }
    }
    assertThat(batcher.waiting()).isZero();
  }

  private long left() {
    return server.openStreams() + server.openCalls() + batcher.places() + server.unsentBytes();
  }

  @Override
  public void close() {
    server.close();
    batcher.close();
  }

  /** Holds passes up. */
  static final class Gate {
    private final CountDownLatch inPass = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    private void pass() {
      inPass.countDown();
      await(open);
    }

    void awaitPass() {
      await(inPass);
    }

    void open() {
      open.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        if (!latch.await(20, TimeUnit.SECONDS)) {
          throw new IllegalStateException("never happened");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
