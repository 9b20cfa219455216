package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Outcome;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that vanish with images under way, over real sockets. */
@ExtendWith(NettyLeaks.class)
class ClientsGoneTest {
  private static final EventLoopGroup THREADS =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  @AfterAll
  static void stop() throws InterruptedException {
    THREADS.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  @Test
  @Timeout(60)
  void twoHundredKilledClientsLeaveNothingBehind() throws Exception {
    kill(200);
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void fiveTimesAThousandKilledClientsLeaveNothingBehind() throws Exception {
    for (int round = 0; round < 5; round++) {
      kill(1000);
    }
  }

  /** Half of them have a live stream, half an image batch; a witness stays. */
  private static void kill(int count) throws Exception {
    try (TrialServer trial = new TrialServer(StreamLimits.DEFAULT, Duration.ofSeconds(5));
        Client witness = new Client(trial.server.address(), THREADS)) {
      RecordingObserver<ExplainStreamResponse> seen = new RecordingObserver<>();
      StreamObserver<ExplainStreamRequest> requests = live(witness, seen);
      requests.onNext(frame(1));
      seen.await(1);
      long buffers = witness.buffersInUse();
      List<Client> clients = new ArrayList<>();
      List<RecordingObserver<?>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Client client = new Client(trial.server.address(), THREADS);
        clients.add(client);
        answers.add(i % 2 == 0 ? busyLive(client) : busyBatch(client));
      }
      for (RecordingObserver<?> some : answers) {
        some.await(1);
      }
      assertThat(trial.server.openStreams()).isEqualTo(count + 1);

      clients.forEach(Client::kill);

      while (trial.server.openStreams() > 1) {
        Thread.onSpinWait();
      }
      requests.onNext(frame(2));
      assertThat(seen.await(2).get(1).getExplanation().getOutcome())
          .isEqualTo(Outcome.OUTCOME_EXPLAINED);
      requests.onCompleted();
      seen.awaitCompletion();
      trial.awaitEmpty();
      awaitBuffers(witness, buffers);
      clients.forEach(Client::close);
    }
  }

  /** Waits until no more is in use than that. */
  private static void awaitBuffers(Client witness, long bytes) {
    while (witness.buffersInUse() > bytes) {
      Thread.onSpinWait();
      if (Thread.interrupted()) {
        throw new AssertionError(
            "%d bytes in buffers, and %d before".formatted(witness.buffersInUse(), bytes));
      }
    }
  }

  private static RecordingObserver<?> busyLive(Client client) {
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests = live(client, answers);
    for (int i = 1; i <= 20; i++) {
      requests.onNext(frame(i));
    }
    return answers;
  }

  private static RecordingObserver<?> busyBatch(Client client) {
    RecordingObserver<ExplainBatchResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainBatchRequest> requests =
        ExplanationServiceGrpc.newStub(client.channel).explainBatch(answers);
    requests.onNext(
        ExplainBatchRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    for (int i = 1; i <= 20; i++) {
      requests.onNext(ExplainBatchRequest.newBuilder().setFrame(frame(i).getFrame()).build());
    }
    return answers;
  }

  private static StreamObserver<ExplainStreamRequest> live(
      Client client, RecordingObserver<ExplainStreamResponse> answers) {
    StreamObserver<ExplainStreamRequest> requests =
        ExplanationServiceGrpc.newStub(client.channel).explainStream(answers);
    requests.onNext(
        ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return requests;
  }

  private static ExplainStreamRequest frame(int sequence) {
    return ExplainStreamRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(sequence)))
        .build();
  }

  @Test
  @Timeout(60)
  void clientWhoseCableIsPulledIsReapedByKeepalive() throws Exception {
    try (TrialServer trial = new TrialServer(Duration.ofMillis(100));
        Client client = new Client(trial.server.address(), THREADS)) {
      RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
      live(client, answers).onNext(frame(1));
      answers.await(1);
      assertThat(trial.server.openStreams()).isEqualTo(1);
      client.hang();
      trial.awaitEmpty();
      assertThat(client.isOpen())
          .as("nothing came from the client that ends a connection")
          .isTrue();
      client.kill();
    }
  }
}
