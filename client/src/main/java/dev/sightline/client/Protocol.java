package dev.sightline.client;

import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc.ExplanationServiceStub;
import dev.sightline.v1.Frame;
import io.grpc.stub.ClientResponseObserver;

/** The messages of a streaming call: those of a batch and of a live stream differ in name alone. */
sealed interface Protocol<Q, A> {
  Protocol<ExplainStreamRequest, ExplainStreamResponse> LIVE = new Live();
  Protocol<ExplainBatchRequest, ExplainBatchResponse> BATCH = new Batch();

  void open(ExplanationServiceStub stub, ClientResponseObserver<Q, A> observer);

  Q options(ExplainOptions options);

  Q frame(Frame frame);

  /** The event as a live stream's. */
  ExplainStreamResponse event(A response);

  /** What it means that the server completes a call that the client did not. */
  String endedEarly();

  /** ExplainStream. */
  record Live() implements Protocol<ExplainStreamRequest, ExplainStreamResponse> {
    @Override
    public void open(
        ExplanationServiceStub stub,
        ClientResponseObserver<ExplainStreamRequest, ExplainStreamResponse> observer) {
      stub.explainStream(observer);
    }

    @Override
    public ExplainStreamRequest options(ExplainOptions options) {
      return ExplainStreamRequest.newBuilder().setOptions(options).build();
    }

    @Override
    public ExplainStreamRequest frame(Frame frame) {
      return ExplainStreamRequest.newBuilder().setFrame(frame).build();
    }

    @Override
    public ExplainStreamResponse event(ExplainStreamResponse response) {
      return response;
    }

    @Override
    public String endedEarly() {
      return "the server ended the stream early";
    }
  }

  /** ExplainBatch. */
  record Batch() implements Protocol<ExplainBatchRequest, ExplainBatchResponse> {
    @Override
    public void open(
        ExplanationServiceStub stub,
        ClientResponseObserver<ExplainBatchRequest, ExplainBatchResponse> observer) {
      stub.explainBatch(observer);
    }

    @Override
    public ExplainBatchRequest options(ExplainOptions options) {
      return ExplainBatchRequest.newBuilder().setOptions(options).build();
    }

    @Override
    public ExplainBatchRequest frame(Frame frame) {
      return ExplainBatchRequest.newBuilder().setFrame(frame).build();
    }

    @Override
    public ExplainStreamResponse event(ExplainBatchResponse response) {
      ExplainStreamResponse.Builder event = ExplainStreamResponse.newBuilder();
      return switch (response.getEventCase()) {
        case EXPLANATION -> event.setExplanation(response.getExplanation()).build();
        case PROGRESS -> event.setProgress(response.getProgress()).build();
        case DRAINING -> event.setDraining(response.getDraining()).build();
        case EVENT_NOT_SET -> event.build();
      };
    }

    @Override
    public String endedEarly() {
      return "the server ended the batch before its last answer";
    }
  }
}
