package dev.sightline.server.grpc;

import dev.sightline.server.batch.Caller;
import dev.sightline.server.batch.Caller.Kind;
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

/** Gives each call that brings images its {@link Caller}, which the log's lines then name. */
final class Callers implements ServerInterceptor {
  private static final Context.Key<Caller> CALLER = Context.key("caller");

  private static final Map<String, Kind> KINDS =
      Map.of(
          ExplanationServiceGrpc.getExplainMethod().getFullMethodName(), Kind.UNARY,
          ExplanationServiceGrpc.getExplainBatchMethod().getFullMethodName(), Kind.BATCH,
          ExplanationServiceGrpc.getExplainStreamMethod().getFullMethodName(), Kind.LIVE);

  private Callers() {}

  /** The service with its calls' callers known. */
  static ServerServiceDefinition known(BindableService service) {
    return ServerInterceptors.intercept(service, new Callers());
  }

  /** Who the call under way is, of that kind. */
  static Caller current(Kind kind) {
    Caller caller = CALLER.get();
    return caller == null ? Caller.unknown(kind) : caller;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Kind kind = KINDS.get(call.getMethodDescriptor().getFullMethodName());
    if (kind == null) {
      return next.startCall(call, headers);
    }
    Caller caller = Caller.of(kind, name -> headers.get(key(name)));
    Context known = Context.current().withValue(CALLER, caller);
    return new SimpleForwardingServerCallListener<>(
        Contexts.interceptCall(known, call, headers, next)) {
      @Override
      public void onMessage(Q message) {
        caller.logging(() -> super.onMessage(message));
      }

      @Override
      public void onHalfClose() {
        caller.logging(super::onHalfClose);
      }

      @Override
      public void onCancel() {
        caller.logging(super::onCancel);
      }

      @Override
      public void onComplete() {
        caller.logging(super::onComplete);
      }

      @Override
      public void onReady() {
        caller.logging(super::onReady);
      }
    };
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
