package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.grpc.RecordingObserver;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** A live stream or a batch without the SDK, which sees what the SDK keeps to itself. */
final class DrainedCall {
  private final RecordingObserver<ExplainStreamResponse> events;
  private final Consumer<Frame> request;
  private long sent;

  private DrainedCall(RecordingObserver<ExplainStreamResponse> events, Consumer<Frame> request) {
    this.events = events;
    this.request = request;
  }

  static DrainedCall live(Channel server) {
    RecordingObserver<ExplainStreamResponse> events = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests =
        ExplanationServiceGrpc.newStub(server).explainStream(events);
    requests.onNext(
        ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return new DrainedCall(
        events,
        frame -> requests.onNext(ExplainStreamRequest.newBuilder().setFrame(frame).build()));
  }

  static DrainedCall batch(Channel server) {
    RecordingObserver<ExplainStreamResponse> events = new RecordingObserver<>();
    StreamObserver<ExplainBatchRequest> requests =
        ExplanationServiceGrpc.newStub(server).explainBatch(new AsStream(events));
    requests.onNext(
        ExplainBatchRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return new DrainedCall(
        events, frame -> requests.onNext(ExplainBatchRequest.newBuilder().setFrame(frame).build()));
  }

  void send(int frames) throws Exception {
    for (int i = 0; i < frames; i++) {
      sent++;
      request.accept(
          Frame.newBuilder().setSequence(sent).setImage(NumberedImage.of(sent).toProto()).build());
    }
  }

  /** Waits for the first event. */
  void await() throws InterruptedException {
    events.await(1);
  }

  /**
   * It was told that the server drains, had an answer to each frame that was accepted, and ended.
   */
  void check() throws Exception {
    assertThat(Status.fromThrowable(events.awaitError()).getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
    List<ExplainStreamResponse> all = events.await(0);
    List<Draining> notices =
        all.stream()
            .filter(ExplainStreamResponse::hasDraining)
            .map(ExplainStreamResponse::getDraining)
            .toList();
    assertThat(notices).hasSize(1);
    assertThat(all.stream().filter(ExplainStreamResponse::hasExplanation))
        .extracting(answer -> answer.getExplanation().getSequence())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, notices.get(0).getLastSequence()).boxed().toList());
    assertThat(all.stream().map(ExplainStreamResponse::getExplanation))
        .as("no answer says that the server cannot give one")
        .extracting(Explanation::getOutcome)
        .doesNotContain(dev.sightline.v1.Outcome.OUTCOME_DRAINING);
  }

  /** The events of a batch as those of a stream, which say the same. */
  private record AsStream(StreamObserver<ExplainStreamResponse> events)
      implements StreamObserver<ExplainBatchResponse> {
    @Override
    public void onNext(ExplainBatchResponse event) {
      ExplainStreamResponse.Builder same = ExplainStreamResponse.newBuilder();
      switch (event.getEventCase()) {
        case EXPLANATION -> same.setExplanation(event.getExplanation());
        case PROGRESS -> same.setProgress(event.getProgress());
        case DRAINING -> same.setDraining(event.getDraining());
        case EVENT_NOT_SET -> throw new AssertionError("an event without anything");
      }
      events.onNext(same.build());
    }

    @Override
    public void onError(Throwable error) {
      events.onError(error);
    }

    @Override
    public void onCompleted() {
      events.onCompleted();
    }
  }
}
