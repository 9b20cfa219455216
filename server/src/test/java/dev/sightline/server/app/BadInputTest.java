package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.server.app.telemetry.ManagementSettings;
import dev.sightline.server.app.telemetry.MetricNames;
import dev.sightline.server.app.telemetry.Scrape;
import dev.sightline.server.app.telemetry.Watch;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Image;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.util.internal.PlatformDependent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad messages of every kind to one server, on real sockets: each is answered as what it is, and
 * between them good images have the answers that they had before, by an old connection and by new
 * ones.
 */
class BadInputTest {
  private static final int CLIENTS = 4;
  private static final int MESSAGES_A_ROUND = 100;
  private static final long MIB = 1 << 20;

  /** So few calls that it would soon be noticed if one was never given back. */
  private static final StreamLimits LIMITS = StreamLimits.DEFAULT.withMaxCalls(2 * CLIENTS);

  private static final ExplainOptions OPTIONS =
      ExplainOptions.newBuilder().setEncoding(Encoding.ENCODING_GRID_FLOAT32).build();

  @TempDir Path store;

  @Test
  @Timeout(300)
  void theServerServesOnThroughTenThousandBadMessages() throws Exception {
    storm(10_000);
  }

  @Test
  @Tag("soak")
  @Timeout(3000)
  void theServerServesOnThroughAHundredThousandBadMessages() throws Exception {
    storm(100_000);
  }

  private void storm(int messages) throws Exception {
    Watch watch = Watch.open(new ManagementSettings("127.0.0.1", -1, 0, Duration.ZERO), Map.of());
    Image good = photo();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (Complaints complaints = new Complaints();
        RunningServer server =
            RunningServer.start(
                LoopbackConfig.onPort(0, LIMITS),
                List.of(SmallModel.install(store, "small")),
                watch);
        OpenStream open = new OpenStream(channel(server.address()), OPTIONS)) {
      Explanation expected = lasting(open.explain(good));
      long before = 0;
      for (int sent = 0, round = 0; sent < messages; round++) {
        sent += round(clients, server.address(), good, round);
        assertThat(lasting(open.explain(good))).isEqualTo(expected);
        assertThat(lasting(onANewConnection(server, good))).isEqualTo(expected);
        if (round == 1) {
          before = used();
        }
      }
      assertThat(used() - before).isLessThan(32 * MIB);
      assertNothingIsLeft(watch);
      assertThat(complaints.all()).isEmpty();
    } finally {
      clients.shutdown();
    }
  }

  /** Some messages of clients that send at once; returns how many they were. */
  private static int round(ExecutorService clients, String address, Image good, int round)
      throws Exception {
    List<Future<Integer>> running = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      Random random = new Random(1000L * round + client);
      running.add(
          clients.submit(
              () -> {
                try (BadClient bad = new BadClient(address, good, random)) {
                  return bad.send(MESSAGES_A_ROUND / CLIENTS);
                }
              }));
    }
    int sent = 0;
    for (Future<Integer> one : running) {
      sent += one.get(120, TimeUnit.SECONDS);
    }
    return sent;
  }

  private static Explanation onANewConnection(RunningServer server, Image good) {
    ManagedChannel channel = channel(server.address());
    try {
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
      return ExplanationServiceGrpc.newBlockingStub(channel)
          .explain(ExplainRequest.newBuilder().setOptions(OPTIONS).setImage(good).build())
          .getExplanation();
    } finally {
      channel.shutdownNow();
    }
  }

  /** What of an answer is the same each time. */
  private static Explanation lasting(Explanation answer) {
    return answer.toBuilder().clearSequence().clearGeneration().clearTiming().build();
  }

  /** All that is open is the one stream, and every image that was taken was answered. */
  private static void assertNothingIsLeft(Watch watch) throws Exception {
    int port = watch.port().orElseThrow();
    Map<String, Double> metrics = Scrape.metrics(port);
    while (Scrape.sum(metrics, MetricNames.STREAMS_OPEN) > 1) {
      assertThat(Thread.interrupted()).as("calls stay open: %s", metrics).isFalse();
      metrics = Scrape.metrics(port);
    }
    assertThat(Scrape.sum(metrics, MetricNames.FRAMES_WAITING)).isZero();
    assertThat(Scrape.sum(metrics, MetricNames.ANSWERS))
        .isEqualTo(Scrape.sum(metrics, MetricNames.FRAMES_ACCEPTED));
    assertThat(metrics)
        .noneSatisfy(
            (name, count) -> {
              assertThat(name).startsWith(MetricNames.ANSWERS).contains("outcome=\"internal\"");
              assertThat(count).isPositive();
            });
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory() + PlatformDependent.usedDirectMemory();
  }

  private static ManagedChannel channel(String address) {
    return NettyChannelBuilder.forTarget(address).usePlaintext().build();
  }

  private static Image photo() {
    byte[] bgr = new byte[3 * 60 * 50];
    new Random(3).nextBytes(bgr);
    return Image.newBuilder()
        .setEncoded(ByteString.copyFrom(PhotoCodec.write(new Photo(60, 50, bgr), PhotoFormat.PNG)))
        .build();
  }
}
