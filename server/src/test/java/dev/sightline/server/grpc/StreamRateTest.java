package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that takes two frames a second of each live stream; its time stands still. */
@Timeout(60)
class StreamRateTest {
  private final AtomicLong time = new AtomicLong();
  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, time::get);
  private SightlineServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    batcher.start(1);
    server =
        SightlineServer.start(
            ServerSettings.LOOPBACK,
            StreamLimits.DEFAULT.withLiveRate(2),
            batcher,
            model.planner(),
            model);
    channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    server.close();
    batcher.close();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private StreamObserver<ExplainStreamRequest> live(
      RecordingObserver<ExplainStreamResponse> answers) {
    StreamObserver<ExplainStreamRequest> requests =
        ExplanationServiceGrpc.newStub(channel).explainStream(answers);
    requests.onNext(
        ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return requests;
  }

  private static Frame frame(long sequence) {
    return Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(1)).build();
  }

  private static ExplainStreamRequest request(long sequence) {
    return ExplainStreamRequest.newBuilder().setFrame(frame(sequence)).build();
  }

  @Test
  void frameThatIsTooManyOfASecondIsRefusedInItsPlaceWithWhenToComeAgain() throws Exception {
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests = live(answers);
    for (int i = 1; i <= 6; i++) {
      if (i == 5) {
        time.addAndGet(TimeUnit.SECONDS.toNanos(1));
      }
      requests.onNext(request(i));
      answers.await(i);
    }
    requests.onCompleted();
    answers.awaitCompletion();
    List<Explanation> all =
        answers.await(6).stream().map(ExplainStreamResponse::getExplanation).toList();
    assertThat(all)
        .extracting(answer -> answer.getSequence() + " " + answer.getOutcome())
        .containsExactly(
            "1 OUTCOME_EXPLAINED",
            "2 OUTCOME_EXPLAINED",
            "3 OUTCOME_OVERLOADED",
            "4 OUTCOME_OVERLOADED",
            "5 OUTCOME_EXPLAINED",
            "6 OUTCOME_EXPLAINED");
    assertThat(all.get(2).getProblem().getReason()).isEqualTo(Reason.REASON_OVERLOADED);
    assertThat(all.get(2).getProblem().getMetadataMap()).containsEntry("retry_after_ms", "1000");
  }

  @Test
  void rateIsOfEachStreamAndNotOfImageBatches() throws Exception {
    for (int stream = 0; stream < 3; stream++) {
      RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
      StreamObserver<ExplainStreamRequest> requests = live(answers);
      for (int i = 1; i <= 2; i++) {
        requests.onNext(request(i));
        answers.await(i);
      }
      requests.onCompleted();
      answers.awaitCompletion();
      assertThat(answers.await(2))
          .allMatch(answer -> answer.getExplanation().getOutcome() == Outcome.OUTCOME_EXPLAINED);
    }
    RecordingObserver<ExplainBatchResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainBatchRequest> requests =
        ExplanationServiceGrpc.newStub(channel).explainBatch(answers);
    requests.onNext(
        ExplainBatchRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    for (int i = 1; i <= 40; i++) {
      requests.onNext(ExplainBatchRequest.newBuilder().setFrame(frame(i)).build());
    }
    requests.onCompleted();
    answers.awaitCompletion();
    assertThat(answers.await(40))
        .allMatch(answer -> answer.getExplanation().getOutcome() == Outcome.OUTCOME_EXPLAINED);
  }
}
