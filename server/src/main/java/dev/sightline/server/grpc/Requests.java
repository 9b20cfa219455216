package dev.sightline.server.grpc;

import dev.sightline.server.stream.ExplanationStream;
import io.grpc.stub.StreamObserver;
import java.util.function.BiConsumer;

/** Brings a client's messages to its stream. */
final class Requests<Q> implements StreamObserver<Q> {
  private final ExplanationStream stream;
  private final BiConsumer<ExplanationStream, Q> message;

  /**
   * Requests of one call.
   *
   * @param message calls the method of the stream that is meant for such a message
   */
  Requests(ExplanationStream stream, BiConsumer<ExplanationStream, Q> message) {
    this.stream = stream;
    this.message = message;
  }

  @Override
  public void onNext(Q request) {
    message.accept(stream, request);
  }

  @Override
  public void onError(Throwable cause) {
    stream.cancel();
  }

  @Override
  public void onCompleted() {
    stream.halfClose();
  }
}
