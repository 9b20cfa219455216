package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.RetryInfo;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NettyLeaks.class)
@Timeout(30)
class OpenCallsTest {

  private static RecordingObserver<ExplainResponse> call(ManagedChannel channel) {
    RecordingObserver<ExplainResponse> answers = new RecordingObserver<>();
    ExplanationServiceGrpc.newStub(channel)
        .explain(ExplainRequest.newBuilder().setImage(PixelModel.image(1)).build(), answers);
    return answers;
  }

  @Test
  void callsBeyondTheBoundAreRefusedAtOnceAndThoseThatEndMakeRoom() throws Exception {
    try (TrialServer trial =
        new TrialServer(StreamLimits.DEFAULT.withMaxCalls(2), Duration.ofSeconds(5))) {
      TrialServer.Gate gate = trial.gate();
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(trial.server.address()).usePlaintext().build();
      List<RecordingObserver<ExplainResponse>> open = List.of(call(channel), call(channel));
      while (trial.server.openCalls() < 2) {
        Thread.onSpinWait();
      }
      Throwable refused = call(channel).awaitError();
      com.google.rpc.Status status = StatusProto.fromThrowable(refused);
      assertThat(Status.fromThrowable(refused).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(status).isNotNull();
      assertThat(status.getDetails(1).unpack(RetryInfo.class).getRetryDelay())
          .isNotEqualTo(com.google.protobuf.Duration.getDefaultInstance());
      gate.open();
      for (RecordingObserver<ExplainResponse> call : open) {
        call.awaitCompletion();
      }
      trial.awaitEmpty();
      call(channel).awaitCompletion();
      channel.shutdownNow();
    }
  }
}
