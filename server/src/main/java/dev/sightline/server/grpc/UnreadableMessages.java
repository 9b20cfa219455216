package dev.sightline.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Reason;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * Ends a call whose message is not one of its method as what it is, a mistake of the client; gRPC
 * alone would call it unknown and log a trace of the stack each time.
 */
final class UnreadableMessages implements ServerInterceptor {

  private UnreadableMessages() {}

  /** The service with its messages parsed where this can see them fail. */
  static ServerServiceDefinition answeredIn(ServerServiceDefinition service) {
    return ServerInterceptors.intercept(
        ServerInterceptors.useInputStreamMessages(service), new UnreadableMessages());
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> wire, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall<Q, A> call = new OneEnd<>(wire);
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean ended;

      @Override
      public void onMessage(Q message) {
        if (ended) {
          return;
        }
        try {
          super.onMessage(message);
        } catch (StatusRuntimeException e) {
          boolean unreadable = e.getCause() instanceof InvalidProtocolBufferException;
          boolean tooLarge = e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED;
          if (!unreadable && !tooLarge) {
            throw e;
          }
          ended = true;
          if (unreadable) {
            refuse(call);
          } else {
            // What is compressed turns out to be too large only here.
            call.close(e.getStatus(), new Metadata());
          }
          // The service hears no end of a call that it has not ended itself.
          super.onCancel();
        }
      }

      @Override
      public void onHalfClose() {
        if (!ended) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        if (!ended) {
          super.onCancel();
        }
      }
    };
  }

  private static void refuse(ServerCall<?, ?> call) {
    Statuses.close(
        call,
        Refusal.of(
            Reason.REASON_PROTOCOL,
            "The bytes of a message are no message of %s, or were cut off."
                .formatted(call.getMethodDescriptor().getFullMethodName())));
  }
}
