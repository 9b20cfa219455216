package dev.sightline.server.grpc;

import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the calls for explanations that their clients have not read to the end: a stream that has
 * ended for the server may still have its last answers on the way. Who only watches the server's
 * health misses nothing, and is not counted.
 */
final class UnfinishedCalls extends ServerStreamTracer.Factory {
  private final AtomicInteger open = new AtomicInteger();

  int count() {
    return open.get();
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    if (!method.startsWith(ExplanationServiceGrpc.SERVICE_NAME + "/")) {
      return new ServerStreamTracer() {};
    }
    open.incrementAndGet();
    return new ServerStreamTracer() {
      @Override
      public void streamClosed(Status status) {
        open.decrementAndGet();
      }
    };
  }
}
