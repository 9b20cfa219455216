package dev.sightline.client.load;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.concurrent.atomic.LongAdder;

/** Counts the bytes of messages as they are on the wire. Thread-safe. */
public final class WireBytes implements ClientInterceptor {
  private final LongAdder sent = new LongAdder();
  private final LongAdder received = new LongAdder();

  long sent() {
    return sent.sum();
  }

  long received() {
    return received.sum();
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return next.newCall(method, options.withStreamTracerFactory(new Counting()));
  }

  private final class Counting extends ClientStreamTracer.Factory {
    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void outboundWireSize(long bytes) {
          sent.add(bytes);
        }

        @Override
        public void inboundWireSize(long bytes) {
          received.add(bytes);
        }
      };
    }
  }
}
