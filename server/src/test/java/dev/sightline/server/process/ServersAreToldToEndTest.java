package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.SightlineClient;
import dev.sightline.server.app.SmallModel;
import dev.sightline.server.grpc.PausedObserver;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.SizeReference;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of streams and batches. */
class ServersAreToldToEndTest {
  private static final int GRACE_SECONDS = 10;
  private static final int FRAMES = 40;
  private static final int SIDE = 512;

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void install() {
    model = SmallModel.install(folder, "small");
  }

  @Test
  @Timeout(180)
  void whatWasAcceptedIsAnsweredAndTheExitCodeIsZero() throws Exception {
    end(3);
  }

  @Test
  @Tag("soak")
  @Timeout(900)
  void fiftyTimesWhatWasAcceptedIsAnsweredAndTheExitCodeIsZero() throws Exception {
    end(50);
  }

  /** Two servers in turn, so that the SDK's streams are at the one that ends. */
  private void end(int times) throws Exception {
    ServerProcess[] servers = {
      ServerProcess.start(model, 0, "--grace-seconds=" + GRACE_SECONDS),
      ServerProcess.start(model, 0, "--grace-seconds=" + GRACE_SECONDS)
    };
    try (SightlineClient client =
        SightlineClient.connect(servers[0].address() + "," + servers[1].address())) {
      Camera camera = new Camera(client, Options.defaults());
      Album album = new Album(client);
      for (int i = 0; i < times; i++) {
        camera.answers.awaitExplained(1);
        album.answers.awaitExplained(1);
        endUnderLoad(servers[i % 2]);
        camera.answers.awaitExplained(2);
        album.answers.awaitExplained(FRAMES);
        servers[i % 2] = ServerProcess.start(model, servers[i % 2].port());
        servers[i % 2].address();
      }
      camera.close(Outcome.SUPERSEDED);
      album.close();
    } finally {
      for (ServerProcess server : servers) {
        server.close();
      }
    }
  }

  private static void endUnderLoad(ServerProcess server) throws Exception {
    ManagedChannel channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
    try {
      List<DrainedCall> calls = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        calls.add(i % 2 == 0 ? DrainedCall.live(channel) : DrainedCall.batch(channel));
        calls.get(i).send(FRAMES);
      }
      for (DrainedCall call : calls) {
        call.await();
        call.send(FRAMES);
      }
      long begin = System.nanoTime();
      server.terminate();
      assertThat(server.awaitExit()).as(server.output()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isLessThan(Duration.ofSeconds(GRACE_SECONDS));
      for (DrainedCall call : calls) {
        call.check();
      }
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  @Timeout(60)
  void whoDoesNotReadInTimeIsCutOffAndTheExitCodeSaysSo() throws Exception {
    try (ServerProcess server = ServerProcess.start(model, 0, "--grace-seconds=1")) {
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(server.address())
              .usePlaintext()
              .flowControlWindow(64 << 10)
              .build();
      PausedObserver<ExplainBatchRequest, ExplainBatchResponse> reader = new PausedObserver<>();
      StreamObserver<ExplainBatchRequest> requests =
          ExplanationServiceGrpc.newStub(channel).explainBatch(reader);
      requests.onNext(ExplainBatchRequest.newBuilder().setOptions(large()).build());
      for (int i = 1; i <= 6; i++) {
        requests.onNext(
            ExplainBatchRequest.newBuilder()
                .setFrame(Frame.newBuilder().setSequence(i).setImage(noise()))
                .build());
      }
      reader.read(3);
      reader.await(3);
      server.terminate();
      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.output())
          .contains("The grace of 1 s is over, and calls were cut off before all was read: 1");
      channel.shutdownNow();
    }
  }

  /** A map of the image's size over it: hundreds of kilobytes. */
  private static ExplainOptions large() {
    return ExplainOptions.newBuilder()
        .setOutputSize(OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL))
        .setEncoding(Encoding.ENCODING_OVERLAY_PNG)
        .build();
  }

  private static Image noise() {
    byte[] pixels = new byte[SIDE * SIDE];
    new Random(1).nextBytes(pixels);
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(SIDE)
                .setHeight(SIDE)
                .setFormat(PixelFormat.PIXEL_FORMAT_GREY)
                .setData(ByteString.copyFrom(pixels)))
        .build();
  }
}
