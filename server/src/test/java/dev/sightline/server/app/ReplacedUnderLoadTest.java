package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.client.Answer;
import dev.sightline.client.Encoding;
import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Image;
import dev.sightline.client.LiveListener;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Method;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.Prediction;
import dev.sightline.client.Reason;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Unexplained;
import dev.sightline.server.app.telemetry.Watch;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server, a live stream and an image batch that never rest, and a model that changes. */
@Timeout(120)
class ReplacedUnderLoadTest {
  private static final int REPLACEMENTS = 20;
  private static final int BURST = 5;
  private static final Options OPTIONS =
      Options.builder()
          .methods(Method.GRAD_CAM, Method.EXTENDED_CAM)
          .mostProbable(2)
          .gaussian()
          .encoding(Encoding.GRID_FLOAT32)
          .predictions(SmallModel.CLASSES)
          .build();

  @TempDir Path store;

  private final CountedEngine engine = new CountedEngine();
  private final Image image = photo();
  private final Load live = new Load();
  private final Load batch = new Load();
  private final List<SightlineException> failures = new CopyOnWriteArrayList<>();
  private volatile boolean over;
  private Path folder;
  private RunningServer server;
  private SightlineClient client;
  private ManagedChannel channel;

  /** The answers to one client, and which versions of the model have been among them. */
  private static final class Load {
    final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
    final Semaphore explained = new Semaphore(0);
    private final List<CountDownLatch> seen =
        Stream.generate(() -> new CountDownLatch(1)).limit(REPLACEMENTS + 1).toList();

    void add(Answer answer) {
      answers.add(answer);
      if (answer instanceof Explanation explanation) {
        explained.release();
        seen.get(version(explanation)).countDown();
      }
    }

    void await(int version) throws InterruptedException {
      assertThat(seen.get(version).await(60, TimeUnit.SECONDS)).as("version %d", version).isTrue();
    }
  }

  @BeforeEach
  void start() throws IOException {
    folder = SmallModel.installVersion(store, "small", 0);
    server = RunningServer.start(LoopbackConfig.onPort(0), List.of(folder), Watch.none(), engine);
    client = SightlineClient.connect(server.address());
    channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    over = true;
    channel.shutdownNow();
    client.close();
    server.close();
    assertThat(engine.open).hasValue(0);
  }

  @Test
  void everyAnswerIsThatOfOneVersionWhileAModelIsReplacedTwentyTimes() throws Exception {
    List<Explanation> versions = versions();
    CompletableFuture<Void> whole = CompletableFuture.runAsync(this::sendBatch);
    CompletableFuture<Long> frames = CompletableFuture.supplyAsync(this::sendFrames);

    for (int version = 1; version < REPLACEMENTS; version++) {
      spoil(version);
      assertServed(version - 1);
      SmallModel.installVersion(store, "small", version);
      server.lookForModels();
      server.lookForModels();
      assertServed(version);
      live.await(version);
      batch.await(version);
    }
    // The server finds the last one by itself.
    SmallModel.installVersion(store, "small", REPLACEMENTS);
    live.await(REPLACEMENTS);
    batch.await(REPLACEMENTS);
    assertServed(REPLACEMENTS);
    over = true;
    long sent = frames.get(60, TimeUnit.SECONDS);
    whole.get(60, TimeUnit.SECONDS);

    assertThat(failures).isEmpty();
    assertThat(batch.answers).allMatch(Answer::isExplained);
    assertThat(live.answers)
        .allMatch(answer -> answer.isExplained() || isSuperseded(answer))
        .extracting(Answer::sequence)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, sent).boxed().toList());
    assertOfOneVersionEach(batch.answers, versions);
    assertOfOneVersionEach(live.answers, versions);
    assertSame(client.explain(image, OPTIONS), versions.get(REPLACEMENTS));
    while (engine.open.get() > 1) {
      Thread.onSpinWait();
      assertThat(Thread.interrupted()).as("old backends are open").isFalse();
    }
    assertThat(engine.opened.get()).isGreaterThan(REPLACEMENTS);
  }

  @Test
  void aStreamWhoseOptionsNoLongerFitIsRefusedFrameByFrameAndGoesOnWhenTheyFitAgain()
      throws Exception {
    BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    Options byLabel = Options.builder().classLabel("class b").build();
    try (LiveStream stream = client.live(byLabel, answers::add)) {
      for (int version : new int[] {0, 1, 0}) {
        SmallModel.installVersion(store, "small", version);
        server.lookForModels();
        server.lookForModels();
        for (int i = 0; i < 2; i++) {
          stream.send(image);
          Answer answer = Objects.requireNonNull(answers.poll(60, TimeUnit.SECONDS));
          assertThat(answer.isExplained()).isEqualTo(version == 0);
          if (answer instanceof Unexplained refused) {
            assertThat(refused.reason()).isEqualTo(Reason.UNKNOWN_CLASS);
            assertThat(refused.message()).contains("class b");
          }
        }
      }
    }
  }

  /** What may become of a folder before the next version is there. */
  private void spoil(int version) throws IOException {
    Path onnx = folder.resolve("model.onnx");
    byte[] network = Files.readAllBytes(onnx);
    switch (version) {
      case 4 -> {
        network[network.length / 2] ^= 1;
        Files.write(onnx, network);
      }
      case 8 -> {
        Path card = folder.resolve("model.yaml");
        Files.writeString(card, Files.readString(card).replaceAll("(?m)^sha256:.*\n", ""));
        Files.write(onnx, Arrays.copyOf(network, network.length / 2));
      }
      case 12 -> {
        Files.write(onnx, Arrays.copyOf(network, network.length / 2));
        server.lookForModels();
        Files.write(onnx, network);
        return;
      }
      case 16 -> Files.move(folder, store.resolve("aside"));
      default -> {
        return;
      }
    }
    server.lookForModels();
    server.lookForModels();
  }

  private void assertServed(int version) {
    assertThat(client.model("small").summary().description())
        .isEqualTo(SmallModel.description(version));
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .check(
                    HealthCheckRequest.newBuilder()
                        .setService("sightline.v1.ExplanationService/small")
                        .build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  private void sendBatch() {
    try (Stream<Answer> answers =
        client.explainAll(Stream.generate(() -> image).takeWhile(next -> !over), OPTIONS)) {
      answers.forEach(batch::add);
    }
  }

  /** Sends bursts, of which the newest wins; gives the number of frames. */
  private long sendFrames() {
    LiveListener listener =
        new LiveListener() {
          @Override
          public void answered(Answer answer) {
            live.add(answer);
          }

          @Override
          public void failed(SightlineException failure) {
            failures.add(failure);
          }
        };
    long sent = 0;
    try (LiveStream stream = client.live(OPTIONS, listener)) {
      while (!over) {
        for (int i = 0; i < BURST; i++) {
          sent = stream.send(image);
        }
        if (!live.explained.tryAcquire(60, TimeUnit.SECONDS)) {
          throw new AssertionError("no answer");
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return sent;
  }

  /** What every version says of the image, by a server of its own. */
  private List<Explanation> versions() throws IOException {
    Path alone = store.resolve("alone");
    List<Path> folders =
        IntStream.rangeClosed(0, REPLACEMENTS)
            .mapToObj(version -> SmallModel.installVersion(alone, "v" + version, version))
            .toList();
    try (RunningServer all = RunningServer.start(LoopbackConfig.onPort(0), folders);
        SightlineClient other = SightlineClient.connect(all.address())) {
      return IntStream.rangeClosed(0, REPLACEMENTS)
          .mapToObj(
              version -> other.explain(image, OPTIONS.toBuilder().model("v" + version).build()))
          .toList();
    }
  }

  private static boolean isSuperseded(Answer answer) {
    return answer instanceof Unexplained none && none.outcome() == Outcome.SUPERSEDED;
  }

  private static int version(Explanation explanation) {
    String label = explanation.top().label();
    int suffix = label.indexOf(" of ");
    return suffix < 0 ? 0 : Integer.parseInt(label.substring(suffix + " of ".length()));
  }

  private static void assertOfOneVersionEach(List<Answer> answers, List<Explanation> versions) {
    int last = 0;
    for (Answer answer : answers) {
      if (answer instanceof Explanation explanation) {
        int version = version(explanation);
        assertThat(version).isGreaterThanOrEqualTo(last);
        assertSame(explanation, versions.get(version));
        last = version;
      }
    }
    assertThat(last).isEqualTo(REPLACEMENTS);
  }

  private static void assertSame(Explanation actual, Explanation expected) {
    assertThat(actual.predictions())
        .extracting(Prediction::label)
        .isEqualTo(expected.predictions().stream().map(Prediction::label).toList());
    for (int i = 0; i < SmallModel.CLASSES; i++) {
      assertThat(actual.predictions().get(i).logit())
          .isCloseTo(expected.predictions().get(i).logit(), within(1e-3f));
    }
    assertThat(actual.heatmaps()).hasSize(expected.heatmaps().size());
    for (int i = 0; i < actual.heatmaps().size(); i++) {
      Heatmap map = actual.heatmaps().get(i);
      Heatmap wanted = expected.heatmaps().get(i);
      assertThat(map.kernel()).isEqualTo(wanted.kernel());
      assertThat(map.label()).isEqualTo(wanted.label());
      float[] values = map.grid().values();
      float[] wantedValues = wanted.grid().values();
      float range = wanted.max() - wanted.min();
      for (int cell = 0; cell < values.length; cell++) {
        assertThat(values[cell]).isCloseTo(wantedValues[cell], within(1e-4f * range));
      }
    }
  }

  private static Image photo() {
    BufferedImage photo =
        new BufferedImage(SmallModel.SIDE, SmallModel.SIDE, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(3);
    for (int x = 0; x < SmallModel.SIDE; x++) {
      for (int y = 0; y < SmallModel.SIDE; y++) {
        photo.setRGB(x, y, random.nextInt());
      }
    }
    return Image.of(photo);
  }
}
