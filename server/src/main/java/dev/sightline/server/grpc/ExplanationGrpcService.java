package dev.sightline.server.grpc;

import dev.sightline.server.access.Grant;
import dev.sightline.server.access.Rate;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Origin.Kind;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Receiver;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.Source;
import dev.sightline.server.batch.StandingOptions;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.server.stream.AnswerSink;
import dev.sightline.server.stream.ExplanationStream;
import dev.sightline.server.stream.Streams;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Problem;
import dev.sightline.v1.Progress;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Explains images: one, a batch, or a live stream. */
final class ExplanationGrpcService extends ExplanationServiceGrpc.ExplanationServiceImplBase {
  private static final Refusal TOO_MANY_STREAMS =
      Refusal.overloaded("The server has as many open streams as it takes; try later.");

  private static final Refusal TOO_MANY_CALLS =
      Refusal.overloaded("The server has as many open calls as it takes; try later.");

  private final Batcher batcher;
  private final Planner planner;
  private final Catalogue models;
  private final Streams streams;
  private final Semaphore calls;
  private final int liveRate;

  /**
   * The service.
   *
   * @param calls a permit for each unary call that may be open at once
   * @param liveRate frames a second of a live stream that are let in; 0 does not count them
   */
  ExplanationGrpcService(
      Batcher batcher,
      Planner planner,
      Catalogue models,
      Streams streams,
      Semaphore calls,
      int liveRate) {
    this.calls = calls;
    this.liveRate = liveRate;
    this.batcher = batcher;
    this.planner = planner;
    this.models = models;
    this.streams = streams;
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> responses) {
    long arrival = batcher.nanoTime();
    ServerCallStreamObserver<ExplainResponse> call = serverCall(responses);
    if (!calls.tryAcquire()) {
      call.onError(Statuses.of(TOO_MANY_CALLS));
      return;
    }
    Origin origin = Origins.current(Kind.UNARY);
    Source source = batcher.single().of(origin);
    // The library runs one of these two, once.
    call.setOnCloseHandler(calls::release);
    call.setOnCancelHandler(
        () -> {
          calls.release();
          source.cancel();
        });
    Receiver receiver = receiver(call, batcher.telemetry().opened(origin), arrival);
    new StandingOptions(request.getOptions(), planner(Authentication.grant(), Rate.UNLIMITED))
        .submit(source, 0, request.getImage(), arrival, receiver);
  }

  private static Receiver receiver(
      ServerCallStreamObserver<ExplainResponse> call, Telemetry.Call telemetry, long arrival) {
    Telemetry.Frame told = telemetry.accepted(0, arrival);
    return new Receiver() {
      @Override
      public void answer(Explanation.Builder answer) {
        told.answered(answer);
        telemetry.closed();
        ExplanationGrpcService.answer(call, answer);
      }

      @Override
      public void passed(long start, long end, int frames) {
        told.passed(start, end, frames);
      }
    };
  }

  /** Plans what the caller may have, for images that come no faster than that. */
  private Planner planner(Grant grant, Rate rate) {
    Permitted permitted = new Permitted(models, grant, rate);
    return planner.on(permitted, permitted);
  }

  private static void answer(
      ServerCallStreamObserver<ExplainResponse> call, Explanation.Builder answer) {
    if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
      call.onNext(ExplainResponse.newBuilder().setExplanation(answer.setGeneration(1)).build());
      call.onCompleted();
    } else {
      Problem problem = answer.getProblem();
      call.onError(
          Statuses.of(
              new Refusal(problem.getReason(), problem.getMessage(), problem.getMetadataMap())));
    }
  }

  @Override
  public StreamObserver<ExplainBatchRequest> explainBatch(
      StreamObserver<ExplainBatchResponse> responses) {
    return open(
        responses,
        Rate.UNLIMITED,
        explanation -> ExplainBatchResponse.newBuilder().setExplanation(explanation).build(),
        progress -> ExplainBatchResponse.newBuilder().setProgress(progress).build(),
        notice -> ExplainBatchResponse.newBuilder().setDraining(notice).build(),
        (sink, own) -> streams.batch(sink, own, Origins.current(Kind.BATCH)),
        (stream, request) -> {
          switch (request.getMessageCase()) {
            case OPTIONS -> stream.options(request.getOptions());
            case FRAME -> stream.frame(request.getFrame());
            case MESSAGE_NOT_SET -> stream.empty();
          }
        });
  }

  @Override
  public StreamObserver<ExplainStreamRequest> explainStream(
      StreamObserver<ExplainStreamResponse> responses) {
    return open(
        responses,
        liveRate == 0 ? Rate.UNLIMITED : Rate.of(liveRate, batcher::nanoTime),
        explanation -> ExplainStreamResponse.newBuilder().setExplanation(explanation).build(),
        progress -> ExplainStreamResponse.newBuilder().setProgress(progress).build(),
        notice -> ExplainStreamResponse.newBuilder().setDraining(notice).build(),
        (sink, own) -> streams.live(sink, own, Origins.current(Kind.LIVE)),
        (stream, request) -> {
          switch (request.getMessageCase()) {
            case OPTIONS -> stream.options(request.getOptions());
            case FRAME -> stream.frame(request.getFrame());
            case MESSAGE_NOT_SET -> stream.empty();
          }
        });
  }

  private <Q, A> StreamObserver<Q> open(
      StreamObserver<A> responses,
      Rate rate,
      Function<Explanation, A> response,
      Function<Progress, A> progress,
      Function<Draining, A> draining,
      BiFunction<AnswerSink, Planner, Optional<ExplanationStream>> opener,
      BiConsumer<ExplanationStream, Q> message) {
    ServerCallStreamObserver<A> call = serverCall(responses);
    Grant grant = Authentication.grant();
    Optional<ExplanationStream> opened =
        opener.apply(new CallSink<>(call, response, progress, draining), planner(grant, rate));
    if (opened.isEmpty()) {
      call.onError(Statuses.of(TOO_MANY_STREAMS));
      return new Ignored<>();
    }
    ExplanationStream stream = opened.get();
    call.setOnReadyHandler(stream::ready);
    call.setOnCancelHandler(stream::cancel);
    stream.start();
    return new Requests<>(grant, stream, message);
  }

  /** The stub library documents that what a service is given is of this type. */
  private static <A> ServerCallStreamObserver<A> serverCall(StreamObserver<A> responses) {
    return (ServerCallStreamObserver<A>) responses;
  }

  /** What a client sends to a call that was refused. */
  private static final class Ignored<Q> implements StreamObserver<Q> {
    @Override
    public void onNext(Q request) {}

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }
}
