package dev.sightline.server.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.sightline.server.access.TokensFile;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ModelServiceGrpc;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients, their models and their rates, over a real socket; the time of rates stands still. */
@Timeout(60)
class ClientsAndModelsTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path folder;
  private final AtomicLong time = new AtomicLong();
  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
  private TokensFile tokens;
  private SightlineServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    write(
        "clients:\n"
            + client("all", "")
            + client("pixels", "models: [pixel]")
            + client("others", "models: [other, absent]")
            + client("none", "models: []")
            + client("heavy", "weight: 3")
            + client("slow", "images-per-second: 2"));
    tokens = TokensFile.read(folder.resolve("tokens"), time::get);
    batcher.start(2);
    server =
        SightlineServer.start(
            ServerSettings.LOOPBACK,
            new Security(InsecureServerCredentials.create(), null, tokens, OptionalInt.of(0)),
            StreamLimits.DEFAULT,
            batcher,
            model.planner(),
            new TwoModels(model));
    channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    server.close();
    batcher.close();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(server.openStreams()).isZero();
  }

  private void write(String yaml) throws Exception {
    Files.writeString(folder.resolve("tokens"), yaml);
  }

  /** Each client's token is "token of" and its name. */
  private static String client(String name, String permission) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(("token-of-" + name).getBytes(UTF_8));
    return "  %s:\n    token-sha256: %s\n    %s\n"
        .formatted(name, HexFormat.of().formatHex(hash), permission);
  }

  private static <S extends AbstractStub<S>> S by(String client, S stub) {
    return with("Bearer token-of-" + client, stub);
  }

  private static <S extends AbstractStub<S>> S with(String authorization, S stub) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, authorization);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private ExplanationServiceGrpc.ExplanationServiceBlockingStub explanations() {
    return ExplanationServiceGrpc.newBlockingStub(channel);
  }

  private ModelServiceGrpc.ModelServiceBlockingStub models() {
    return ModelServiceGrpc.newBlockingStub(channel);
  }

  private static ExplainRequest request(String modelName) {
    return ExplainRequest.newBuilder()
        .setOptions(ExplainOptions.newBuilder().setModel(modelName))
        .setImage(PixelModel.image(1))
        .build();
  }

  private static ExplainStreamRequest options(String modelName) {
    return ExplainStreamRequest.newBuilder()
        .setOptions(ExplainOptions.newBuilder().setModel(modelName))
        .build();
  }

  private static ExplainStreamRequest frame(long sequence) {
    return ExplainStreamRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(1)))
        .build();
  }

  private static void assertRefused(Throwable error, Status.Code code, String reason)
      throws Exception {
    assertThat(Status.fromThrowable(error).getCode()).isEqualTo(code);
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    assertThat(status).isNotNull();
    ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
    assertThat(info.getDomain()).isEqualTo("sightline.dev");
    assertThat(info.getReason()).isEqualTo(reason);
    assertThat(status.getMessage()).doesNotContain("token-of");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer token-of-nobody",
        "Basic token-of-all",
        "token-of-all"
      })
  void whoIsNoClientGetsNothingFromAnyService(String authorization) throws Exception {
    for (Runnable call :
        List.<Runnable>of(
            () -> with(authorization, explanations()).explain(request("pixel")),
            () -> with(authorization, models()).listModels(ListModelsRequest.getDefaultInstance()),
            () -> with(authorization, models()).getModel(GetModelRequest.getDefaultInstance()))) {
      assertRefused(
          catchThrowableOfType(StatusRuntimeException.class, call::run),
          Status.Code.UNAUTHENTICATED,
          "UNAUTHENTICATED");
    }
    RecordingObserver<ExplainStreamResponse> live = new RecordingObserver<>();
    with(authorization, ExplanationServiceGrpc.newStub(channel))
        .explainStream(live)
        .onNext(options("pixel"));
    RecordingObserver<ExplainBatchResponse> batch = new RecordingObserver<>();
    with(authorization, ExplanationServiceGrpc.newStub(channel)).explainBatch(batch);
    RecordingObserver<ServerReflectionResponse> reflection = new RecordingObserver<>();
    with(authorization, ServerReflectionGrpc.newStub(channel))
        .serverReflectionInfo(reflection)
        .onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    for (RecordingObserver<?> answers : List.of(live, batch, reflection)) {
      assertRefused(answers.awaitError(), Status.Code.UNAUTHENTICATED, "UNAUTHENTICATED");
    }
    assertThat(model.last.passes()).isEmpty();
  }

  @Test
  void withoutAnyHeaderTheCallIsToldWhatIsMissing() throws Exception {
    StatusRuntimeException error =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> explanations().explain(request("pixel")));
    assertRefused(error, Status.Code.UNAUTHENTICATED, "UNAUTHENTICATED");
    assertThat(error).hasMessageContaining("authorization: Bearer");
  }

  @Test
  void healthIsForEverybody() {
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void theHealthPortAnswersHealthAndNothingElse() {
    ManagedChannel probe =
        NettyChannelBuilder.forAddress("127.0.0.1", server.healthPort().orElseThrow())
            .usePlaintext()
            .build();
    try {
      assertThat(
              HealthGrpc.newBlockingStub(probe)
                  .check(
                      HealthCheckRequest.newBuilder()
                          .setService(ExplanationServiceGrpc.SERVICE_NAME)
                          .build())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
      assertThat(
              catchThrowableOfType(
                      StatusRuntimeException.class,
                      () ->
                          by("all", ModelServiceGrpc.newBlockingStub(probe))
                              .listModels(ListModelsRequest.getDefaultInstance()))
                  .getStatus()
                  .getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
    } finally {
      probe.shutdownNow();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "all, '', pixel",
    "all, pixel, pixel",
    "all, other, other",
    "all, absent, UNKNOWN_MODEL",
    "pixels, '', pixel",
    "pixels, pixel, pixel",
    "pixels, other, PERMISSION_DENIED",
    "pixels, absent, UNKNOWN_MODEL",
    "others, '', other",
    "others, other, other",
    "others, pixel, PERMISSION_DENIED",
    "others, absent, UNKNOWN_MODEL",
    "none, '', PERMISSION_DENIED",
    "none, pixel, PERMISSION_DENIED",
  })
  void eachClientHasItsModelsAndNoOthers(String client, String asked, String expected)
      throws Exception {
    if (expected.equals(expected.toLowerCase(Locale.ROOT))) {
      assertThat(by(client, explanations()).explain(request(asked)).getExplanation().getModel())
          .isEqualTo(expected);
      assertThat(
              by(client, models())
                  .getModel(GetModelRequest.newBuilder().setName(asked).build())
                  .getModel()
                  .getSummary()
                  .getName())
          .isEqualTo(expected);
      return;
    }
    Status.Code code =
        expected.equals("UNKNOWN_MODEL") ? Status.Code.NOT_FOUND : Status.Code.PERMISSION_DENIED;
    assertRefused(
        catchThrowableOfType(
            StatusRuntimeException.class, () -> by(client, explanations()).explain(request(asked))),
        code,
        expected);
    assertRefused(
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                by(client, models()).getModel(GetModelRequest.newBuilder().setName(asked).build())),
        code,
        expected);
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests =
        by(client, ExplanationServiceGrpc.newStub(channel)).explainStream(answers);
    requests.onNext(options(asked));
    requests.onNext(frame(1));
    requests.onCompleted();
    answers.awaitCompletion();
    Explanation answer = answers.await(1).get(0).getExplanation();
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_INVALID_OPTIONS);
    assertThat(answer.getProblem().getReason().name()).isEqualTo("REASON_" + expected);
  }

  @ParameterizedTest
  @CsvSource({
    "all, other false|pixel true",
    "pixels, pixel true",
    "others, other true",
    "none, ''",
  })
  void theListShowsAClientItsModelsAndItsDefault(String client, String expected) {
    assertThat(
            by(client, models())
                .listModels(ListModelsRequest.getDefaultInstance())
                .getModelsList()
                .stream()
                .map(summary -> summary.getName() + " " + summary.getIsDefault())
                .toList())
        .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.split("\\|")));
  }

  @Test
  void moreSingleImagesThanAClientMayAreRefusedUntilTheNextSecond() throws Exception {
    for (int second = 0; second < 2; second++) {
      by("slow", explanations()).explain(request("pixel"));
      by("slow", explanations()).explain(request("other"));
      StatusRuntimeException error =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> by("slow", explanations()).explain(request("pixel")));
      assertRefused(error, Status.Code.RESOURCE_EXHAUSTED, "OVERLOADED");
      com.google.rpc.Status status = StatusProto.fromThrowable(error);
      Any detail = status.getDetails(1);
      assertThat(detail.unpack(RetryInfo.class).getRetryDelay().getSeconds()).isEqualTo(1);
      by("all", explanations()).explain(request("pixel"));
      time.addAndGet(TimeUnit.SECONDS.toNanos(1));
    }
  }

  @Test
  void everyImageOfABatchBeyondTheRateHasItsAnswerInItsPlace() throws Exception {
    RecordingObserver<ExplainBatchResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainBatchRequest> requests =
        by("slow", ExplanationServiceGrpc.newStub(channel)).explainBatch(answers);
    requests.onNext(ExplainBatchRequest.parseFrom(options("pixel").toByteArray()));
    for (int i = 1; i <= 5; i++) {
      requests.onNext(ExplainBatchRequest.parseFrom(frame(i).toByteArray()));
    }
    answers.await(5);
    time.addAndGet(TimeUnit.SECONDS.toNanos(1));
    for (int i = 6; i <= 8; i++) {
      requests.onNext(ExplainBatchRequest.parseFrom(frame(i).toByteArray()));
    }
    requests.onCompleted();
    answers.awaitCompletion();
    List<Explanation> all =
        answers.await(8).stream().map(ExplainBatchResponse::getExplanation).toList();
    assertThat(all)
        .extracting(answer -> answer.getSequence() + " " + answer.getOutcome())
        .containsExactly(
            "1 OUTCOME_EXPLAINED",
            "2 OUTCOME_EXPLAINED",
            "3 OUTCOME_OVERLOADED",
            "4 OUTCOME_OVERLOADED",
            "5 OUTCOME_OVERLOADED",
            "6 OUTCOME_EXPLAINED",
            "7 OUTCOME_EXPLAINED",
            "8 OUTCOME_OVERLOADED");
    assertThat(all.get(2).getProblem().getMetadataMap()).containsEntry("retry_after_ms", "1000");
    assertThat(all.get(2).hasTiming()).isTrue();
  }

  @Test
  void streamsAreServedByTheWeightsOfTheirClients() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    model.last.during(
        () -> {
          try {
            open.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    int window = StreamLimits.DEFAULT.batchWindow();
    List<RecordingObserver<ExplainBatchResponse>> all = new ArrayList<>();
    for (String client : List.of("all", "heavy")) {
      RecordingObserver<ExplainBatchResponse> answers = new RecordingObserver<>();
      all.add(answers);
      StreamObserver<ExplainBatchRequest> requests =
          by(client, ExplanationServiceGrpc.newStub(channel)).explainBatch(answers);
      requests.onNext(ExplainBatchRequest.parseFrom(options("pixel").toByteArray()));
      for (int i = 1; i <= window; i++) {
        requests.onNext(
            ExplainBatchRequest.newBuilder()
                .setFrame(
                    Frame.newBuilder()
                        .setSequence(i)
                        .setImage(PixelModel.image(client.equals("heavy") ? 3 : 1)))
                .build());
      }
      requests.onCompleted();
    }
    // Two workers hold a pass of up to four each.
    while (batcher.waiting() < 2 * window - 8) {
      Thread.onSpinWait();
    }
    int held = model.last.passes().size();
    open.countDown();
    for (RecordingObserver<ExplainBatchResponse> answers : all) {
      answers.awaitCompletion();
    }
    List<Float> next =
        model.last.passes().stream().skip(held).limit(6).flatMap(List::stream).toList();
    assertThat(next).hasSize(24);
    assertThat(Collections.frequency(next, 3f)).isBetween(16, 20);
  }

  @Test
  void theRateIsOfTheClientNotOfTheStream() throws Exception {
    RecordingObserver<ExplainStreamResponse> first = new RecordingObserver<>();
    RecordingObserver<ExplainStreamResponse> second = new RecordingObserver<>();
    for (RecordingObserver<ExplainStreamResponse> answers : List.of(first, second)) {
      StreamObserver<ExplainStreamRequest> requests =
          by("slow", ExplanationServiceGrpc.newStub(channel)).explainStream(answers);
      requests.onNext(options("pixel"));
      requests.onNext(frame(1));
      answers.await(1);
      requests.onNext(frame(2));
      requests.onCompleted();
      answers.awaitCompletion();
    }
    assertThat(first.await(2))
        .allMatch(event -> event.getExplanation().getOutcome() == Outcome.OUTCOME_EXPLAINED);
    assertThat(second.await(2))
        .allMatch(event -> event.getExplanation().getOutcome() == Outcome.OUTCOME_OVERLOADED);
  }

  @Test
  void aClientThatIsTakenFromTheFileIsToldSoOnItsOpenStream() throws Exception {
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests =
        by("all", ExplanationServiceGrpc.newStub(channel)).explainStream(answers);
    requests.onNext(options("pixel"));
    requests.onNext(frame(1));
    answers.await(1);

    write("clients:\n" + client("pixels", ""));
    tokens.check();
    requests.onNext(frame(2));

    assertRefused(answers.awaitError(), Status.Code.UNAUTHENTICATED, "UNAUTHENTICATED");
    assertThat(answers.await(1)).hasSize(1);
  }

  @Test
  void aModelThatIsTakenFromAClientIsNoLongerAnsweredOnItsOpenStream() throws Exception {
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests =
        by("all", ExplanationServiceGrpc.newStub(channel)).explainStream(answers);
    requests.onNext(options("pixel"));
    requests.onNext(frame(1));
    answers.await(1);

    write("clients:\n" + client("all", "models: [other]"));
    tokens.check();
    requests.onNext(frame(2));
    requests.onNext(options(""));
    requests.onNext(frame(3));
    requests.onCompleted();

    answers.awaitCompletion();
    List<Explanation> all =
        answers.await(3).stream().map(ExplainStreamResponse::getExplanation).toList();
    assertThat(all.get(0).getModel()).isEqualTo("pixel");
    assertThat(all.get(1).getProblem().getReason()).isEqualTo(Reason.REASON_PERMISSION_DENIED);
    assertThat(all.get(2).getModel()).isEqualTo("other");
  }
}
