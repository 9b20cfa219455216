package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModelHealthTest {
  private static final String PIXEL = "sightline.v1.ExplanationService/pixel";

  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);

  private static HealthCheckRequest of(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }

  @Test
  void eachModelHasAHealthOfItsOwnUntilTheServerCloses() throws Exception {
    SightlineServer server =
        SightlineServer.start(
            ServerSettings.LOOPBACK, StreamLimits.DEFAULT, batcher, model.planner(), model);
    ManagedChannel channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
    try {
      HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
      assertThat(health.check(of(PIXEL)).getStatus()).isEqualTo(ServingStatus.SERVING);
      StatusRuntimeException unknown =
          catchThrowableOfType(StatusRuntimeException.class, () -> health.check(of(PIXEL + "s")));
      assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);

      RecordingObserver<HealthCheckResponse> watched = new RecordingObserver<>();
      HealthGrpc.newStub(channel).watch(of(PIXEL), watched);
      watched.await(1);
      Thread closing = new Thread(server::close);
      closing.start();
      assertThat(watched.await(2))
          .extracting(HealthCheckResponse::getStatus)
          .containsExactly(ServingStatus.SERVING, ServingStatus.NOT_SERVING);
      channel.shutdownNow();
      closing.join();
    } finally {
      channel.shutdownNow();
      server.close();
      batcher.close();
    }
  }
}
