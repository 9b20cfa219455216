package dev.sightline.client;

import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;

/**
 * What travels with each call beside its messages: the client's name for what it sends, and the
 * trace that the calling program is in, if it has OpenTelemetry at all.
 */
final class CallHeaders {
  private static final Metadata.Key<String> NAME = key("sightline-stream");
  private static final boolean TRACING = tracing();

  private CallHeaders() {}

  /** Attaches them as they are now, on the caller's thread, for every call of the stub. */
  static <S extends AbstractStub<S>> S attach(S stub, String name) {
    Metadata headers = new Metadata();
    if (!name.isEmpty()) {
      headers.put(NAME, name);
    }
    if (TRACING) {
      Trace.write(headers);
    }
    if (headers.keys().isEmpty()) {
      return stub;
    }
    ClientInterceptor attaching = MetadataUtils.newAttachHeadersInterceptor(headers);
    return stub.withInterceptors(attaching);
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static boolean tracing() {
    try {
      Class.forName(
          "io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator",
          false,
          CallHeaders.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Apart, for a program without OpenTelemetry must not load it. */
  private static final class Trace {
    static void write(Metadata headers) {
      W3CTraceContextPropagator.getInstance()
          .inject(
              Context.current(), headers, (carrier, name, value) -> headers.put(key(name), value));
    }
  }
}
