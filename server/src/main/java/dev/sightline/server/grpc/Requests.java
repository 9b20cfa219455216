package dev.sightline.server.grpc;

import dev.sightline.server.access.Grant;
import dev.sightline.server.stream.ExplanationStream;
import io.grpc.stub.StreamObserver;
import java.util.function.BiConsumer;

/** Brings a client's messages to its stream. */
final class Requests<Q> implements StreamObserver<Q> {
  private final Grant grant;
  private final ExplanationStream stream;
  private final BiConsumer<ExplanationStream, Q> message;

  /**
   * Requests of one call.
   *
   * @param grant of who makes it; when that is known no longer, the call ends
   * @param message calls the method of the stream that is meant for such a message
   */
  Requests(Grant grant, ExplanationStream stream, BiConsumer<ExplanationStream, Q> message) {
    this.grant = grant;
    this.stream = stream;
    this.message = message;
  }

  @Override
  public void onNext(Q request) {
    if (grant.client().isPresent()) {
      message.accept(stream, request);
    } else {
      stream.refuse(Authentication.UNKNOWN);
    }
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
