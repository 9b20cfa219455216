package dev.sightline.server.app;

import dev.sightline.server.grpc.RecordingObserver;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;

/** A live stream that stays open, with one frame at a time. */
final class OpenStream implements AutoCloseable {
  private final ManagedChannel channel;
  private final RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
  private final StreamObserver<ExplainStreamRequest> requests;
  private int sent;

  /** A stream on a channel of its own, which is closed with it. */
  OpenStream(ManagedChannel channel, ExplainOptions options) {
    this.channel = channel;
    requests = ExplanationServiceGrpc.newStub(channel).explainStream(answers);
    requests.onNext(ExplainStreamRequest.newBuilder().setOptions(options).build());
  }

  /** Sends a frame and waits for its answer. */
  Explanation explain(Image image) throws InterruptedException {
    sent++;
    requests.onNext(
        ExplainStreamRequest.newBuilder()
            .setFrame(Frame.newBuilder().setSequence(sent).setImage(image))
            .build());
    return answers.await(sent).get(sent - 1).getExplanation();
  }

  @Override
  public void close() {
    requests.onCompleted();
    channel.shutdownNow();
  }
}
