package dev.sightline.server.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpServer;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Problem;
import dev.sightline.v1.Reason;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TracesTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CLIENT_SPAN = "b7ad6b7169203331";

  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final FakeClock clock = new FakeClock();

  private Traces traces(Duration interval) {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .setSampler(Sampler.parentBased(Sampler.alwaysOn()))
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
            .build();
    return new Traces(sdk, interval, System::nanoTime);
  }

  private static Origin origin(Origin.Kind kind, String traceparent) {
    return Origin.of(kind, header -> header.equals("traceparent") ? traceparent : null);
  }

  private static Explanation.Builder dropped(Reason reason, Outcome outcome) {
    return Explanation.newBuilder()
        .setOutcome(outcome)
        .setProblem(Problem.newBuilder().setReason(reason).setMessage("why"));
  }

  private SpanData span(String name) {
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private long count(String name) {
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .count();
  }

  private static void assertWithin(SpanData inner, SpanData outer) {
    assertThat(inner.getParentSpanId()).isEqualTo(outer.getSpanId());
    assertThat(inner.getStartEpochNanos()).isGreaterThanOrEqualTo(outer.getStartEpochNanos());
    assertThat(inner.getEndEpochNanos())
        .isBetween(inner.getStartEpochNanos(), outer.getEndEpochNanos());
  }

  @Test
  void anImageIsFollowedFromTheClientsSpanThroughQueueAndPassToItsAnswer() throws Exception {
    PixelModel model = new PixelModel(4);
    try (Batcher batcher =
            new Batcher(BatchLimits.DEFAULT, System::nanoTime, traces(Duration.ZERO));
        SightlineServer server =
            SightlineServer.start(
                ServerSettings.LOOPBACK, StreamLimits.DEFAULT, batcher, model.planner(), model)) {
      batcher.start(1);
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
      Metadata headers = new Metadata();
      headers.put(
          Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
          "00-" + TRACE + "-" + CLIENT_SPAN + "-01");
      ExplanationServiceGrpc.newBlockingStub(channel)
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .explain(ExplainRequest.newBuilder().setImage(PixelModel.image(2)).build());
      channel.shutdownNow();
    }
    SpanData call = span("sightline.v1.ExplanationService/Explain");
    assertThat(call.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(call.getTraceId()).isEqualTo(TRACE);
    assertThat(call.getParentSpanId()).isEqualTo(CLIENT_SPAN);
    SpanData image = span("image");
    assertThat(image.getParentSpanId()).isEqualTo(call.getSpanId());
    assertThat(image.getAttributes().get(AttributeKey.stringKey("sightline.outcome")))
        .isEqualTo("explained");
    assertThat(image.getAttributes().get(AttributeKey.stringKey("sightline.model")))
        .isEqualTo("pixel");
    assertWithin(span("queue"), image);
    assertWithin(span("pass"), image);
    assertWithin(span("postprocess"), image);
    assertThat(span("queue").getStartEpochNanos()).isEqualTo(image.getStartEpochNanos());
    assertThat(span("pass").getStartEpochNanos())
        .isGreaterThanOrEqualTo(span("queue").getEndEpochNanos());
    assertThat(span("postprocess").getStartEpochNanos())
        .isGreaterThanOrEqualTo(span("pass").getEndEpochNanos());
    assertThat(exporter.getFinishedSpanItems())
        .hasSize(5)
        .allMatch(span -> span.getTraceId().equals(TRACE));
  }

  @Test
  void unchangedFrameNamesTheOneThatWasExplained() {
    Telemetry.Call call = traces(Duration.ZERO).opened(Origin.unknown(Origin.Kind.LIVE));
    call.accepted(8, 0)
        .answered(
            Explanation.newBuilder().setOutcome(Outcome.OUTCOME_UNCHANGED).setUnchangedSince(7));
    call.closed();
    assertThat(span("image").getAttributes().asMap())
        .containsEntry(AttributeKey.stringKey("sightline.outcome"), "unchanged")
        .containsEntry(AttributeKey.longKey("sightline.unchanged_since"), 7L)
        .doesNotContainKey(AttributeKey.stringKey("sightline.reason"));
  }

  @Test
  void ofAStreamOneImageAnIntervalIsTraced() {
    Telemetry.Call call = traces(Duration.ofSeconds(1)).opened(Origin.unknown(Origin.Kind.LIVE));
    for (int i = 1; i <= 90; i++) {
      call.accepted(i, clock.getAsLong())
          .answered(dropped(Reason.REASON_SUPERSEDED, Outcome.OUTCOME_SUPERSEDED));
      clock.advance(Duration.ofNanos(33_333_334));
    }
    call.closed();
    assertThat(exporter.getFinishedSpanItems())
        .filteredOn(span -> span.getName().equals("image"))
        .extracting(span -> span.getAttributes().get(AttributeKey.longKey("sightline.sequence")))
        .containsExactly(1L, 31L, 61L);
    assertThat(span("image").getParentSpanId())
        .isEqualTo(span("sightline.v1.ExplanationService/ExplainStream").getSpanId());
  }

  @Test
  void aClientThatDoesNotSampleCostsNothing() {
    Traces traces = traces(Duration.ZERO);
    Origin origin = origin(Origin.Kind.LIVE, "00-" + TRACE + "-" + CLIENT_SPAN + "-00");
    assertThat(traces.opened(origin)).isSameAs(Telemetry.Call.NONE);
    assertThat(exporter.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void whatAClientSendsInPlaceOfAContextBeginsATraceOfItsOwn() {
    Telemetry.Call call =
        traces(Duration.ZERO).opened(origin(Origin.Kind.BATCH, "00-zz-\u0000-\u00ff"));
    call.closed();
    assertThat(span("sightline.v1.ExplanationService/ExplainBatch").getParentSpanId())
        .isEqualTo("0000000000000000");
  }

  @Test
  void aFailureOfTheServerIsAnErrorAndWhoIsInManyPassesHasSixteenOfThem() {
    Telemetry.Call call = traces(Duration.ZERO).opened(Origin.unknown(Origin.Kind.UNARY));
    Telemetry.Frame frame = call.accepted(0, clock.getAsLong());
    for (int i = 0; i < 1000; i++) {
      frame.passed(clock.getAsLong(), clock.getAsLong() + 1000, 8);
    }
    frame.answered(dropped(Reason.REASON_INTERNAL, Outcome.OUTCOME_INTERNAL));
    assertThat(count("pass")).isEqualTo(16);
    assertThat(span("image").getStatus())
        .isEqualTo(StatusData.create(io.opentelemetry.api.trace.StatusCode.ERROR, "why"));
  }

  @Test
  void nothingIsTracedWhereNoExporterIsConfigured() throws Exception {
    assertThat(Tracing.configured(Map.of())).isEmpty();
    assertThat(Tracing.configured(Map.of("OTEL_SERVICE_NAME", "x"))).isEmpty();
    assertThat(
            Tracing.configured(
                Map.of(
                    "OTEL_TRACES_EXPORTER", "none",
                    "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")))
        .isEmpty();
    assertThat(
            Tracing.configured(
                Map.of(
                    "OTEL_SDK_DISABLED", "true",
                    "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")))
        .isEmpty();
    try (Watch watch = Watch.open(new ManagementSettings("", 0, 0, Duration.ZERO), Map.of())) {
      assertThat(watch.telemetry()).isSameAs(Telemetry.NONE);
    }
  }

  @ParameterizedTest
  @CsvSource({"OTEL_TRACES_EXPORTER, zipkin", "OTEL_EXPORTER_OTLP_PROTOCOL, grpc"})
  void anExporterThatThereIsNotIsSaidInASentence(String variable, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Tracing.configured(
                    Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", variable, value)))
        .withMessageContaining("the OTEL_ variables ask for what cannot be had")
        .withMessageContaining("OTLP over HTTP");
  }

  @Test
  void theStandardVariablesSendTracesToACollector() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          received.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    try (Watch watch =
        Watch.open(
            new ManagementSettings("", 0, 0, Duration.ZERO),
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + collector.getAddress().getPort(),
                "OTEL_SERVICE_NAME",
                "sightline-of-this-test"))) {
      Telemetry.Call call = watch.telemetry().opened(Origin.unknown(Origin.Kind.UNARY));
      call.accepted(0, 0).answered(dropped(Reason.REASON_STALE, Outcome.OUTCOME_STALE));
      call.closed();
    }
    try {
      String spans = received.poll(30, TimeUnit.SECONDS);
      assertThat(List.of("sightline-of-this-test", "ExplanationService/Explain", "image", "stale"))
          .allSatisfy(text -> assertThat(spans).contains(text));
    } finally {
      collector.stop(0);
    }
  }
}
