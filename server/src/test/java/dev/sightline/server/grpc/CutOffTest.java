package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whom the end of the time of grace cuts off. */
@Timeout(30)
class CutOffTest {
  private static final EventLoopGroup THREADS =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  @AfterAll
  static void stop() throws InterruptedException {
    THREADS.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  @Test
  void whoOnlyWatchesTheHealthIsNotCounted() throws Exception {
    try (TrialServer trial = new TrialServer(StreamLimits.DEFAULT, Duration.ofMillis(100));
        Client client = new Client(trial.server.address(), THREADS)) {
      RecordingObserver<HealthCheckResponse> health = new RecordingObserver<>();
      HealthGrpc.newStub(client.channel).watch(HealthCheckRequest.getDefaultInstance(), health);
      health.await(1);
      trial.server.close();
      assertThat(trial.server.cutOff()).isZero();
    }
  }

  @Test
  void callWhoseImageIsStillInAPassIsCounted() throws Exception {
    try (TrialServer trial = new TrialServer(StreamLimits.DEFAULT, Duration.ofMillis(100));
        Client client = new Client(trial.server.address(), THREADS)) {
      TrialServer.Gate gate = trial.gate();
      RecordingObserver<ExplainResponse> answer = new RecordingObserver<>();
      ExplanationServiceGrpc.newStub(client.channel)
          .explain(ExplainRequest.newBuilder().setImage(PixelModel.image(1)).build(), answer);
      gate.awaitPass();
      trial.server.close();
      assertThat(trial.server.cutOff()).isEqualTo(1);
      gate.open();
    }
  }
}
