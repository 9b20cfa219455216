package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.FakeBackend;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.ExplanationServiceGrpc.ExplanationServiceStub;
import dev.sightline.v1.Frame;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** However a call of whatever kind ends, nothing of it stays behind. Over real sockets. */
@ExtendWith(NettyLeaks.class)
@Timeout(30)
class StateCleanupTest {
  private static final EventLoopGroup THREADS =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private static final int FRAMES = 8;

  private enum Kind {
    UNARY,
    BATCH,
    LIVE
  }

  private enum End {
    OK,
    CANCEL,
    DEADLINE,
    ERROR,
    CLIENT_GONE,
    SERVER_STOP
  }

  static Stream<Arguments> cells() {
    List<Arguments> cells = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (End end : End.values()) {
        cells.add(Arguments.of(kind, end));
      }
    }
    return cells.stream();
  }

  static Stream<Arguments> cellsManyTimes() {
    return Stream.generate(StateCleanupTest::cells).limit(20).flatMap(cells -> cells);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    THREADS.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void nothingIsLeftBehind(Kind kind, End end) throws Exception {
    Duration grace = Duration.ofMillis(end == End.SERVER_STOP ? 100 : 5000);
    try (TrialServer trial = new TrialServer(StreamLimits.DEFAULT, grace);
        Client client = new Client(trial.server.address(), THREADS)) {
      boolean heldUp = end != End.OK && end != End.ERROR;
      TrialServer.Gate gate = heldUp ? trial.gate() : new TrialServer.Gate();
      ExplanationServiceStub stub = ExplanationServiceGrpc.newStub(client.channel);
      if (end == End.DEADLINE) {
        stub = stub.withDeadlineAfter(300, TimeUnit.MILLISECONDS);
      }
      Context.CancellableContext context = Context.current().withCancellation();
      List<Call> begun = new ArrayList<>();
      ExplanationServiceStub calling = stub;
      context.run(() -> begun.add(call(kind, end, calling)));
      Call call = begun.get(0);
      if (heldUp && end != End.DEADLINE) {
        gate.awaitPass();
        context.run(call.rest());
        trial.awaitWaiting();
      } else {
        context.run(call.rest());
      }
      switch (end) {
        case CANCEL -> context.cancel(new CancellationException("enough"));
        case CLIENT_GONE -> client.kill();
        case SERVER_STOP -> trial.server.close();
        case OK, ERROR, DEADLINE -> {}
      }
      for (RecordingObserver<?> answers : call.answers()) {
        if (end == End.OK) {
          answers.awaitCompletion();
        } else {
          assertThat(Status.fromThrowable(answers.awaitError()).getCode()).isIn(codes(kind, end));
        }
      }
      gate.open();
      trial.awaitEmpty();
      context.close();
    }
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("cellsManyTimes")
  void nothingIsLeftBehindHoweverOften(Kind kind, End end) throws Exception {
    nothingIsLeftBehind(kind, end);
  }

  private static List<Status.Code> codes(Kind kind, End end) {
    return switch (end) {
      case CANCEL -> List.of(Status.Code.CANCELLED);
      case DEADLINE -> List.of(Status.Code.DEADLINE_EXCEEDED);
      case ERROR ->
          List.of(kind == Kind.UNARY ? Status.Code.INTERNAL : Status.Code.INVALID_ARGUMENT);
      // Whoever was killed in the middle of a write says that it does not know.
      case CLIENT_GONE -> List.of(Status.Code.UNAVAILABLE, Status.Code.UNKNOWN);
      case SERVER_STOP -> List.of(Status.Code.CANCELLED, Status.Code.UNAVAILABLE);
      case OK -> List.of();
    };
  }

  /**
   * A call that has begun, or several.
   *
   * @param rest sends the other frames, and in the end a mistake if there is to be one
   */
  private record Call(List<RecordingObserver<?>> answers, Runnable rest) {}

  private static Call call(Kind kind, End end, ExplanationServiceStub stub) {
    return switch (kind) {
      case UNARY -> unary(end, stub);
      case BATCH -> batch(end, stub);
      case LIVE -> live(end, stub);
    };
  }

  private static Call unary(End end, ExplanationServiceStub stub) {
    List<RecordingObserver<?>> all = new ArrayList<>();
    ExplainRequest request =
        ExplainRequest.newBuilder()
            .setImage(PixelModel.image(end == End.ERROR ? FakeBackend.POISON : 1))
            .build();
    Runnable one =
        () -> {
          RecordingObserver<ExplainResponse> answers = new RecordingObserver<>();
          stub.explain(request, answers);
          all.add(answers);
        };
    one.run();
    return new Call(
        all,
        () -> {
          for (int i = 1; i < FRAMES; i++) {
            one.run();
          }
        });
  }

  private static Call batch(End end, ExplanationServiceStub stub) {
    RecordingObserver<ExplainBatchResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainBatchRequest> requests = stub.explainBatch(answers);
    requests.onNext(
        ExplainBatchRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return frames(
        end, answers, requests, frame -> ExplainBatchRequest.newBuilder().setFrame(frame).build());
  }

  private static Call live(End end, ExplanationServiceStub stub) {
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests = stub.explainStream(answers);
    requests.onNext(
        ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return frames(
        end, answers, requests, frame -> ExplainStreamRequest.newBuilder().setFrame(frame).build());
  }

  private static <Q> Call frames(
      End end,
      RecordingObserver<?> answers,
      StreamObserver<Q> requests,
      Function<Frame, Q> message) {
    requests.onNext(message.apply(frame(1)));
    return new Call(
        List.of(answers),
        () -> {
          for (int i = 2; i <= FRAMES; i++) {
            requests.onNext(message.apply(frame(i)));
          }
          if (end == End.ERROR) {
            requests.onNext(message.apply(frame(1)));
          } else if (end == End.OK) {
            requests.onCompleted();
          }
        });
  }

  private static Frame frame(int sequence) {
    return Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(sequence)).build();
  }
}
