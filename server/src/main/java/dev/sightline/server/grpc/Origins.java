package dev.sightline.server.grpc;

import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Origin.Kind;
import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.util.Map;

/** Gives each call that brings images its {@link Origin}, which the log's lines then name. */
final class Origins implements ServerInterceptor {
  private static final Context.Key<Origin> ORIGIN = Context.key("origin");

  private static final Map<String, Kind> KINDS =
      Map.of(
          ExplanationServiceGrpc.getExplainMethod().getFullMethodName(), Kind.UNARY,
          ExplanationServiceGrpc.getExplainBatchMethod().getFullMethodName(), Kind.BATCH,
          ExplanationServiceGrpc.getExplainStreamMethod().getFullMethodName(), Kind.LIVE);

  private Origins() {}

  /** The service with its calls' origins known. */
  static ServerServiceDefinition known(BindableService service) {
    return ServerInterceptors.intercept(service, new Origins());
  }

  /** Who the call under way is, of that kind. */
  static Origin current(Kind kind) {
    Origin origin = ORIGIN.get();
    return origin == null ? Origin.unknown(kind) : origin;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Kind kind = KINDS.get(call.getMethodDescriptor().getFullMethodName());
    if (kind == null) {
      return next.startCall(call, headers);
    }
    Origin origin = Origin.of(kind, name -> headers.get(key(name)));
    Context known = Context.current().withValue(ORIGIN, origin);
    return new SimpleForwardingServerCallListener<>(
        Contexts.interceptCall(known, call, headers, next)) {
      @Override
      public void onMessage(Q message) {
        origin.logging(() -> super.onMessage(message));
      }

      @Override
      public void onHalfClose() {
        origin.logging(super::onHalfClose);
      }

      @Override
      public void onCancel() {
        origin.logging(super::onCancel);
      }

      @Override
      public void onComplete() {
        origin.logging(super::onComplete);
      }

      @Override
      public void onReady() {
        origin.logging(super::onReady);
      }
    };
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
