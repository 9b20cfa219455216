package dev.sightline.server.app;

import static dev.sightline.server.app.telemetry.Scrape.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sightline.server.app.telemetry.ManagementSettings;
import dev.sightline.server.app.telemetry.MetricNames;
import dev.sightline.server.app.telemetry.Scrape;
import dev.sightline.server.app.telemetry.Watch;
import dev.sightline.server.batch.BreakerLimits;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.SizeReference;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server and its management port, both asked over sockets. */
@Timeout(120)
class WatchedServerTest {
  private static final int ANY_PORT = -1;

  @TempDir Path store;

  private final CountedEngine engine = new CountedEngine();
  private Watch watch;
  private RunningServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    watch = Watch.open(new ManagementSettings("127.0.0.1", ANY_PORT, 0, Duration.ZERO), Map.of());
    server =
        RunningServer.start(
            LoopbackConfig.onPort(0), List.of(SmallModel.install(store, "small")), watch, engine);
    channel =
        NettyChannelBuilder.forTarget(server.address())
            .flowControlWindow(65_535)
            .usePlaintext()
            .build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
  }

  private int port() {
    return watch.port().orElseThrow();
  }

  private static Image image() {
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(2)
                .setHeight(2)
                .setFormat(PixelFormat.PIXEL_FORMAT_RGB)
                .setData(ByteString.copyFrom(new byte[12])))
        .build();
  }

  private static ExplainBatchRequest frame(long sequence, Image image) {
    return ExplainBatchRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(image))
        .build();
  }

  private static ExplainBatchRequest options(ExplainOptions.Builder options) {
    return ExplainBatchRequest.newBuilder().setOptions(options).build();
  }

  @Test
  void countsAfterKnownTrafficAreExactAndWhatWasAcceptedWasAnswered() throws Exception {
    for (int i = 0; i < 3; i++) {
      ExplanationServiceGrpc.newBlockingStub(channel)
          .explain(ExplainRequest.newBuilder().setImage(image()).build());
    }
    assertThatThrownBy(
            () ->
                ExplanationServiceGrpc.newBlockingStub(channel)
                    .explain(
                        ExplainRequest.newBuilder()
                            .setOptions(ExplainOptions.newBuilder().setModel("x"))
                            .setImage(image())
                            .build()))
        .isInstanceOf(StatusRuntimeException.class);
    batch(
        options(ExplainOptions.newBuilder()),
        frame(1, image()),
        frame(2, Image.getDefaultInstance()),
        frame(3, image()),
        options(ExplainOptions.newBuilder().addLayers("x")),
        frame(4, image()));

    Map<String, Double> metrics = Scrape.metrics(port());

    assertThat(metrics)
        .containsEntry("sightline_frames_accepted_total{kind=\"unary\"}", 4.0)
        .containsEntry("sightline_frames_accepted_total{kind=\"batch\"}", 4.0)
        .containsEntry("sightline_frames_accepted_total{kind=\"live\"}", 0.0)
        .containsEntry("sightline_answers_total{kind=\"unary\",outcome=\"explained\"}", 3.0)
        .containsEntry("sightline_answers_total{kind=\"unary\",outcome=\"invalid_options\"}", 1.0)
        .containsEntry("sightline_answers_total{kind=\"batch\",outcome=\"explained\"}", 2.0)
        .containsEntry("sightline_answers_total{kind=\"batch\",outcome=\"invalid_image\"}", 1.0)
        .containsEntry("sightline_answers_total{kind=\"batch\",outcome=\"invalid_options\"}", 1.0)
        .containsEntry("sightline_frames_dropped_total{reason=\"unknown_model\"}", 1.0)
        .containsEntry("sightline_frames_dropped_total{reason=\"unknown_layer\"}", 1.0)
        .containsEntry("sightline_frames_dropped_total{reason=\"image_empty\"}", 1.0)
        .containsEntry("sightline_frame_age_seconds_count{kind=\"unary\"}", 3.0)
        .containsEntry("sightline_frame_age_seconds_count{kind=\"batch\"}", 2.0)
        .containsEntry("sightline_queue_seconds_count", 6.0)
        .containsEntry("sightline_postprocess_seconds_count", 5.0)
        .containsEntry("sightline_batch_size_sum", 5.0)
        .containsEntry("sightline_streams_open{kind=\"batch\"}", 0.0)
        .containsEntry("sightline_streams_open{kind=\"unary\"}", 0.0)
        .containsEntry("sightline_frames_waiting", 0.0);
    assertThat(sum(metrics, MetricNames.ANSWERS))
        .isEqualTo(sum(metrics, MetricNames.FRAMES_ACCEPTED))
        .isEqualTo(8);
    assertThat(sum(metrics, MetricNames.FRAMES_DROPPED)).isEqualTo(3);
    assertThat(metrics.get("sightline_compute_seconds_count"))
        .isEqualTo(metrics.get("sightline_batch_size_count"))
        .isBetween(4.0, 5.0);
  }

  @Test
  void ofALiveStreamEveryFrameIsCountedOnceWhateverBecameOfIt() throws Exception {
    Waiting<ExplainStreamResponse> answers = new Waiting<>();
    StreamObserver<ExplainStreamRequest> requests =
        ExplanationServiceGrpc.newStub(channel).explainStream(answers);
    requests.onNext(
        ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    for (int i = 1; i <= 50; i++) {
      requests.onNext(
          ExplainStreamRequest.newBuilder()
              .setFrame(Frame.newBuilder().setSequence(i).setImage(image()))
              .build());
    }
    requests.onCompleted();
    answers.await();

    Map<String, Double> metrics = Scrape.metrics(port());

    double explained =
        metrics.getOrDefault("sightline_answers_total{kind=\"live\",outcome=\"explained\"}", 0.0);
    assertThat(metrics)
        .containsEntry("sightline_frames_accepted_total{kind=\"live\"}", 50.0)
        .containsEntry(
            "sightline_answers_total{kind=\"live\",outcome=\"superseded\"}", 50 - explained)
        .containsEntry("sightline_frames_dropped_total{reason=\"superseded\"}", 50 - explained)
        .containsEntry("sightline_batch_size_sum", explained)
        .containsEntry("sightline_queue_seconds_count", 50.0)
        .containsEntry("sightline_streams_open{kind=\"live\"}", 0.0);
    assertThat(explained).isPositive();
  }

  @Test
  void allMetricsHaveTheNamesThatAreListed() throws Exception {
    Map<String, Double> metrics = Scrape.metrics(port());

    assertThat(MetricNames.ALL)
        .allSatisfy(
            name ->
                assertThat(metrics.keySet())
                    .anyMatch(series -> series.matches(name + "(_bucket|_count|_sum)?(\\{.*)?")));
    assertThat(metrics.keySet().stream().filter(series -> series.startsWith("sightline_")))
        .allMatch(
            series ->
                MetricNames.ALL.stream()
                    .anyMatch(
                        name -> series.matches(name + "(_bucket|_count|_sum|_max)?(\\{.*)?")));
    assertThat(metrics).containsEntry("sightline_breaker_state{model=\"small\"}", 0.0);
    assertThat(metrics.get("sightline_engine_memory_bytes{area=\"resident\"}"))
        .isGreaterThan(metrics.get("sightline_engine_memory_bytes{area=\"native\"}"));
    assertThat(metrics.keySet()).anyMatch(series -> series.startsWith("jvm_memory_used_bytes"));
    assertThat(metrics)
        .containsKey("sightline_frame_age_seconds_bucket{kind=\"live\",le=\"0.001\"}")
        .containsKey("sightline_frame_age_seconds_bucket{kind=\"live\",le=\"10.0\"}");
  }

  @Test
  void theBreakerOfAModelThatItsEngineFailsOnIsOpenAndThatOfTheNextOneClosed() throws Exception {
    engine.failing = true;
    for (int i = 0; i < BreakerLimits.DEFAULT.minimum(); i++) {
      assertThatThrownBy(
              () ->
                  ExplanationServiceGrpc.newBlockingStub(channel)
                      .explain(ExplainRequest.newBuilder().setImage(image()).build()))
          .isInstanceOf(StatusRuntimeException.class);
    }

    assertThat(Scrape.metrics(port()))
        .containsEntry("sightline_breaker_state{model=\"small\"}", 2.0);

    engine.failing = false;
    SmallModel.installVersion(store, "small", 1);
    server.lookForModels();
    server.lookForModels();
    assertThat(Scrape.metrics(port()))
        .containsEntry("sightline_breaker_state{model=\"small\"}", 0.0);
  }

  @Test
  void readyWithEveryModelOnceTheServerHasStarted() throws Exception {
    HttpResponse<String> ready = Scrape.get(port(), "/ready");
    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(ready.body())
        .isEqualTo("{\"state\":\"serving\",\"models\":{\"small\":\"serving\"}}");
  }

  @Test
  void notReadyWhileDraining() throws Exception {
    UnreadAnswers answers = new UnreadAnswers();
    StreamObserver<ExplainBatchRequest> requests =
        ExplanationServiceGrpc.newStub(channel).explainBatch(answers);
    requests.onNext(
        options(
            ExplainOptions.newBuilder()
                .addClasses(ClassChoice.newBuilder().setMostProbable(10))
                .setEncoding(Encoding.ENCODING_FLOAT32_ZSTD)
                .setOutputSize(
                    OutputSize.newBuilder()
                        .setReference(SizeReference.SIZE_REFERENCE_GIVEN)
                        .setWidth(1024)
                        .setHeight(1024))));
    requests.onNext(frame(1, image()));
    while (sum(Scrape.metrics(port()), MetricNames.ANSWERS) < 1) {
      Thread.onSpinWait();
    }
    Thread closing = new Thread(server::close);
    closing.start();
    HttpResponse<String> ready = Scrape.get(port(), "/ready");
    while (ready.statusCode() == 200) {
      ready = Scrape.get(port(), "/ready");
    }
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body()).startsWith("{\"state\":\"draining\"");
    assertThat(Scrape.get(port(), "/live").statusCode()).isEqualTo(200);
    answers.read();
    closing.join();
    assertThatThrownBy(() -> Scrape.get(port(), "/ready")).isInstanceOf(ConnectException.class);
  }

  private void batch(ExplainBatchRequest... messages) throws InterruptedException {
    Waiting<ExplainBatchResponse> answers = new Waiting<>();
    StreamObserver<ExplainBatchRequest> requests =
        ExplanationServiceGrpc.newStub(channel).explainBatch(answers);
    List.of(messages).forEach(requests::onNext);
    requests.onCompleted();
    answers.await();
  }

  /** A client that waits for its call to end well. */
  private static final class Waiting<A> implements StreamObserver<A> {
    private final CountDownLatch end = new CountDownLatch(1);

    void await() throws InterruptedException {
      assertThat(end.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Override
    public void onNext(A answer) {}

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onCompleted() {
      end.countDown();
    }
  }

  /** A client that reads only when it is told to. */
  private static final class UnreadAnswers
      implements ClientResponseObserver<ExplainBatchRequest, ExplainBatchResponse> {
    private @Nullable ClientCallStreamObserver<ExplainBatchRequest> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<ExplainBatchRequest> requests) {
      call = requests;
      requests.disableAutoRequestWithInitial(0);
    }

    void read() {
      if (call != null) {
        call.request(100);
      }
    }

    @Override
    public void onNext(ExplainBatchResponse answer) {}

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onCompleted() {}
  }
}
