package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ListModelsResponse;
import dev.sightline.v1.ModelServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections over real sockets, from clients that speak gRPC and from some that do not. */
@ExtendWith(NettyLeaks.class)
@Timeout(60)
class ConnectionLimitsTest {
  private static final int MILLIS = 20_000;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final List<AutoCloseable> opened = new ArrayList<>();

  private TrialServer serve(ConnectionLimits limits) throws IOException {
    TrialServer trial =
        new TrialServer(
            ServerSettings.LOOPBACK
                .within(Duration.ofSeconds(5))
                .bounded(ServerSettings.LOOPBACK.maxMessageBytes(), limits),
            new Security(InsecureServerCredentials.create(), null, null, OptionalInt.of(0)),
            StreamLimits.DEFAULT);
    opened.add(trial);
    return trial;
  }

  @AfterEach
  void stop() throws Exception {
    Collections.reverse(opened);
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(MILLIS);
    opened.add(socket);
    return socket;
  }

  /** Whether the server spoke first, as HTTP/2 wants it, and did not close the connection. */
  private static boolean isTaken(Socket socket) {
    try {
      return socket.getInputStream().read() >= 0;
    } catch (SocketException reset) {
      return false;
    } catch (IOException e) {
      throw new AssertionError("the server neither speaks nor ends", e);
    }
  }

  private static void awaitEnd(Socket socket) throws IOException {
    try {
      while (socket.getInputStream().read() >= 0) {}
    } catch (SocketException reset) {
      // That is an end too.
    }
  }

  private ManagedChannel channel(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    opened.add(
        () -> {
          channel.shutdownNow();
          channel.awaitTermination(10, TimeUnit.SECONDS);
        });
    return channel;
  }

  private static void explain(ManagedChannel channel) {
    assertThatCode(
            () ->
                ExplanationServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(MILLIS, TimeUnit.MILLISECONDS)
                    .explain(ExplainRequest.newBuilder().setImage(PixelModel.image(1)).build()))
        .doesNotThrowAnyException();
  }

  @Test
  void connectionBeyondTheBoundIsClosedAtOnceAndTheOthersGoOn() throws Exception {
    TrialServer trial = serve(ConnectionLimits.DEFAULT.of(4, 8));
    int port = trial.server.port();
    ManagedChannel client = channel(port);
    explain(client);
    List<Socket> others = List.of(connect(port), connect(port), connect(port));
    assertThat(others).allMatch(ConnectionLimitsTest::isTaken);
    for (int i = 0; i < 20; i++) {
      assertThat(isTaken(connect(port))).isFalse();
    }
    explain(client);
    others.get(0).close();
    // The server needs a moment to see it.
    Socket next = connect(port);
    for (int i = 0; i < 1000 && !isTaken(next); i++) {
      TimeUnit.MILLISECONDS.sleep(5);
      next = connect(port);
    }
    assertThat(isTaken(next)).isTrue();
    assertThat(isTaken(connect(port))).isFalse();
  }

  @Test
  void portOfHealthHasItsOwnBound() throws Exception {
    TrialServer trial = serve(ConnectionLimits.DEFAULT.of(2, 8));
    int port = trial.server.port();
    int healthPort = trial.server.healthPort().orElseThrow();
    assertThat(List.of(connect(port), connect(port))).allMatch(ConnectionLimitsTest::isTaken);
    assertThat(isTaken(connect(port))).isFalse();
    assertThat(
            HealthGrpc.newBlockingStub(channel(healthPort))
                .check(HealthCheckRequest.getDefaultInstance()))
        .isNotNull();
    assertThat(isTaken(connect(healthPort))).isTrue();
    assertThat(isTaken(connect(healthPort))).isFalse();
  }

  /** In plaintext; it takes the library ten seconds longer, in which it waits for a goodbye. */
  @Test
  void connectionsThatNeverBeginToSpeakAreGivenUp() throws Exception {
    Duration soon = Duration.ofMillis(200);
    int port = serve(ConnectionLimits.DEFAULT.within(LONG, soon, soon)).server.port();
    Socket silent = connect(port);
    Socket slow = connect(port);
    assertThat(List.of(silent, slow)).allMatch(ConnectionLimitsTest::isTaken);
    byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < preface.length - 1; i++) {
      slow.getOutputStream().write(preface[i]);
      TimeUnit.MILLISECONDS.sleep(20);
    }
    awaitEnd(silent);
    awaitEnd(slow);
  }

  @Test
  void callsBeyondThoseOfAConnectionWaitAtTheClientAndOtherConnectionsGoOn() throws Exception {
    TrialServer trial = serve(ConnectionLimits.DEFAULT.of(8, 2));
    ManagedChannel client = channel(trial.server.port());
    // Explained first, so that the client knows the bound.
    explain(client);
    List<StreamObserver<ExplainStreamRequest>> streams = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      streams.add(
          ExplanationServiceGrpc.newStub(client)
              .explainStream(new RecordingObserver<ExplainStreamResponse>()));
    }
    while (trial.server.openStreams() < 2) {
      Thread.onSpinWait();
    }
    RecordingObserver<ListModelsResponse> waits = new RecordingObserver<>();
    ModelServiceGrpc.newStub(client).listModels(ListModelsRequest.getDefaultInstance(), waits);
    explain(channel(trial.server.port()));
    assertThat(waits.isOver()).isFalse();
    streams.get(0).onCompleted();
    waits.awaitCompletion();
  }

  @Test
  void clientThatBreaksOffCallAfterCallLosesItsConnection() throws Exception {
    TrialServer trial = serve(ConnectionLimits.DEFAULT.of(8, 16));
    ManagedChannel client = channel(trial.server.port());
    explain(client);
    CompletableFuture<Void> lost = new CompletableFuture<>();
    client.notifyWhenStateChanged(ConnectivityState.READY, () -> lost.complete(null));
    breakOff(client, 4);
    explain(client);
    assertThat(lost).isNotDone();
    // Not all of them get as far as the server.
    for (int i = 0; i < 20_000 && !lost.isDone(); i++) {
      breakOff(client, 1);
    }
    lost.get(MILLIS, TimeUnit.MILLISECONDS);
    explain(client);
  }

  private static void breakOff(ManagedChannel client, int calls) {
    for (int i = 0; i < calls; i++) {
      ClientCall<ListModelsRequest, ListModelsResponse> call =
          client.newCall(ModelServiceGrpc.getListModelsMethod(), CallOptions.DEFAULT);
      call.start(new ClientCall.Listener<>() {}, new Metadata());
      call.cancel("to keep the server busy", null);
    }
  }
}
