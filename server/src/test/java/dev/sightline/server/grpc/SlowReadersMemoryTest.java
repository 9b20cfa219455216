package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.SizeReference;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A quarter of the clients stops reading. Clients and server share the memory that is measured. */
class SlowReadersMemoryTest {
  private static final EventLoopGroup THREADS =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private static final long MIB = 1 << 20;
  private static final int SIDE = 96;

  @AfterAll
  static void stop() throws InterruptedException {
    THREADS.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  @Test
  @Timeout(60)
  void memoryGrowsByLessThan32MiB() throws Exception {
    assertThat(growth(40, 10, 60)).isLessThan(32 * MIB);
  }

  @Test
  @Tag("soak")
  @Timeout(900)
  void memoryGrowsByLessThan32MiBForFiftyOfTwoHundred() throws Exception {
    assertThat(growth(200, 50, 200)).isLessThan(32 * MIB);
  }

  private static long growth(int count, int slow, int frames) throws Exception {
    try (TrialServer trial = new TrialServer(StreamLimits.DEFAULT, Duration.ofSeconds(1))) {
      List<Client> clients = new ArrayList<>();
      List<StreamObserver<ExplainStreamRequest>> requests = new ArrayList<>();
      List<Counting> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Client client = new Client(trial.server.address(), THREADS);
        clients.add(client);
        ExplanationServiceGrpc.ExplanationServiceStub stub =
            ExplanationServiceGrpc.newStub(client.channel);
        Counting seen = new Counting();
        answers.add(seen);
        requests.add(
            i < slow ? stub.explainStream(new PausedObserver<>()) : stub.explainStream(seen));
        requests.get(i).onNext(overlays(i < slow));
      }
      Image image = noise();
      step(requests, answers, slow, 1, image);
      long before = used();
      for (int frame = 2; frame <= frames; frame++) {
        step(requests, answers, slow, frame, image);
      }
      assertThat(trial.server.unsentBytes()).isPositive().isLessThan(slow * 10L * 20_000);
      long growth = used() - before;
      clients.forEach(Client::close);
      return growth;
    }
  }

  private static void step(
      List<StreamObserver<ExplainStreamRequest>> requests,
      List<Counting> answers,
      int slow,
      int frame,
      Image image)
      throws InterruptedException {
    ExplainStreamRequest message =
        ExplainStreamRequest.newBuilder()
            .setFrame(Frame.newBuilder().setSequence(frame).setImage(image))
            .build();
    requests.forEach(each -> each.onNext(message));
    for (Counting reading : answers.subList(slow, answers.size())) {
      reading.await();
    }
  }

  /** Keeps nothing of what it reads, which would be counted too. */
  private static final class Counting implements StreamObserver<ExplainStreamResponse> {
    private final Semaphore read = new Semaphore(0);

    void await() throws InterruptedException {
      assertThat(read.tryAcquire(20, TimeUnit.SECONDS)).as("an answer came").isTrue();
    }

    @Override
    public void onNext(ExplainStreamResponse answer) {
      read.release();
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory() + PlatformDependent.usedDirectMemory();
  }

  /** The slow ones get much for their frames, the others little. */
  private static ExplainStreamRequest overlays(boolean large) {
    ExplainOptions.Builder options = ExplainOptions.newBuilder();
    if (large) {
      options
          .setOutputSize(
              OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL))
          .setEncoding(Encoding.ENCODING_OVERLAY_PNG);
    }
    return ExplainStreamRequest.newBuilder().setOptions(options).build();
  }

  private static Image noise() {
    byte[] pixels = new byte[SIDE * SIDE];
    new Random(5).nextBytes(pixels);
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
