package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallHeadersTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";
  private static final Metadata.Key<String> PARENT = key("traceparent");
  private static final Metadata.Key<String> NAME = key("sightline-stream");

  private final BlockingQueue<Metadata> received = new LinkedBlockingQueue<>();
  private final Image image = Image.encoded(Pictures.png(4, 4));
  private Server server;
  private ManagedChannel channel;

  /** A server that can do nothing but notes what travels with a call. */
  @BeforeEach
  void start() throws IOException {
    server =
        InProcessServerBuilder.forName("headers")
            .directExecutor()
            .addService(new ExplanationServiceGrpc.ExplanationServiceImplBase() {})
            .intercept(
                new ServerInterceptor() {
                  @Override
                  public <Q, A> ServerCall.Listener<Q> interceptCall(
                      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                    received.add(headers);
                    return next.startCall(call, headers);
                  }
                })
            .build()
            .start();
    channel = InProcessChannelBuilder.forName("headers").build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private Metadata received() throws InterruptedException {
    Metadata headers = received.poll(30, TimeUnit.SECONDS);
    assertThat(headers).isNotNull();
    return headers;
  }

  @Test
  void theCallersTraceTravelsWithUnaryCallsAndStreams() throws Exception {
    SightlineClient client = SightlineClient.builder(channel).build();
    Span span =
        Span.wrap(
            SpanContext.create(TRACE, SPAN, TraceFlags.getSampled(), TraceState.getDefault()));
    try (Scope scope = span.makeCurrent()) {
      assertThat(scope).isNotNull();
      assertThatThrownBy(() -> client.explain(image)).isInstanceOf(SightlineException.class);
      client.live(Options.defaults(), answer -> {});
    }
    String parent = "00-" + TRACE + "-" + SPAN + "-01";
    assertThat(received().get(PARENT)).isEqualTo(parent);
    assertThat(received().get(PARENT)).isEqualTo(parent);
  }

  @Test
  void withoutATraceOrANameNothingTravels() throws Exception {
    SightlineClient client = SightlineClient.builder(channel).build();
    assertThatThrownBy(() -> client.explain(image)).isInstanceOf(SightlineException.class);
    Metadata headers = received();
    assertThat(headers.get(PARENT)).isNull();
    assertThat(headers.get(NAME)).isNull();
  }

  @Test
  void theClientsNameTravelsWithEveryCall() throws Exception {
    SightlineClient client = SightlineClient.builder(channel).name("gate 3").build();
    assertThatThrownBy(() -> client.explain(image)).isInstanceOf(SightlineException.class);
    assertThat(received().get(NAME)).isEqualTo("gate 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SightlineClient.builder(channel).name("gate\n3"));
  }
}
