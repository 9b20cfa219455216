package dev.sightline.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A call that may be ended by others than its service, and meanwhile: the first end counts, and
 * what is sent after it is dropped. Thread-safe as far as it is sent to.
 */
final class OneEnd<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private boolean ended;

  OneEnd(ServerCall<Q, A> call) {
    super(call);
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!ended) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(A message) {
    if (!ended) {
      super.sendMessage(message);
    }
  }

  @Override
  public synchronized void close(Status status, Metadata trailers) {
    if (!ended) {
      ended = true;
      super.close(status, trailers);
    }
  }
}
