package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.stream.StreamLimits;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that no method can read, on a real socket. */
@Timeout(60)
class UnreadableMessagesTest {
  private static final byte[] NO_MESSAGE = {15 << 3 | 2, 100};

  private TrialServer trial;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    trial = new TrialServer(StreamLimits.DEFAULT, Duration.ofSeconds(5));
    channel = NettyChannelBuilder.forTarget(trial.server.address()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    trial.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sightline.v1.ExplanationService/Explain",
        "sightline.v1.ExplanationService/ExplainBatch",
        "sightline.v1.ExplanationService/ExplainStream",
        "sightline.v1.ModelService/GetModel",
        "grpc.health.v1.Health/Check",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
      })
  void areTheClientsMistakeWhateverTheMethod(String method) throws Exception {
    assertThat(RawCall.status(channel, method, List.of(NO_MESSAGE)).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(RawCall.bomb(channel, method).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    trial.awaitEmpty();
  }
}
