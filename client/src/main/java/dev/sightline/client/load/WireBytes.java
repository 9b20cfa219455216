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
  private final LongAdder messagesSent = new LongAdder();
  private final LongAdder messagesReceived = new LongAdder();
  private final LongAdder calls = new LongAdder();

  /** What was counted until a moment, or between two. */
  record Count(long sent, long received, long messagesSent, long messagesReceived, long calls) {
    Count since(Count before) {
      return new Count(
          sent - before.sent,
          received - before.received,
          messagesSent - before.messagesSent,
          messagesReceived - before.messagesReceived,
          calls - before.calls);
    }
  }

  Count count() {
    return new Count(
        sent.sum(), received.sum(), messagesSent.sum(), messagesReceived.sum(), calls.sum());
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
      calls.increment();
      return new ClientStreamTracer() {
        @Override
        public void outboundWireSize(long bytes) {
          sent.add(bytes);
        }

        @Override
        public void outboundMessage(int sequence) {
          messagesSent.increment();
        }

        @Override
        public void inboundMessage(int sequence) {
          messagesReceived.increment();
        }

        @Override
        public void inboundWireSize(long bytes) {
          received.add(bytes);
        }
      };
    }
  }
}
