package dev.sightline.server.app.telemetry;

import com.google.protobuf.Duration;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.ExplanationOrBuilder;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Timing;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Follows images in OpenTelemetry spans: one a call, a child of the client's own; under it one
 * named "image" from arrival to answer; and under that "queue", every "pass" it was in (the first
 * {@value #MAX_PASSES}), and "postprocess".
 *
 * <p>The image of a unary call always has its span. A stream may bring thirty a second for days, so
 * of its images one has a span when the interval since the last such one is over.
 */
final class Traces implements Telemetry {
  private static final String SERVICE = ExplanationServiceGrpc.SERVICE_NAME;
  private static final int MAX_PASSES = 16;

  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final long intervalNanos;
  private final LongSupplier epochNanos;

  /**
   * Traces that go to that SDK.
   *
   * @param interval the time between images of one stream that are traced; zero traces all
   * @param epochNanos the time in nanoseconds since 1970
   */
  Traces(OpenTelemetry telemetry, java.time.Duration interval, LongSupplier epochNanos) {
    this.tracer = telemetry.getTracer("dev.sightline");
    this.propagator = telemetry.getPropagators().getTextMapPropagator();
    this.intervalNanos = interval.toNanos();
    this.epochNanos = epochNanos;
  }

  @Override
  public Call opened(Origin origin) {
    String method =
        switch (origin.kind()) {
          case UNARY -> "Explain";
          case BATCH -> "ExplainBatch";
          case LIVE -> "ExplainStream";
        };
    Span span =
        tracer
            .spanBuilder(SERVICE + "/" + method)
            .setSpanKind(SpanKind.SERVER)
            .setParent(propagator.extract(Context.root(), origin.headers(), Headers.GETTER))
            .setStartTimestamp(epochNanos.getAsLong(), TimeUnit.NANOSECONDS)
            .setAttribute("rpc.system", "grpc")
            .setAttribute("rpc.service", SERVICE)
            .setAttribute("rpc.method", method)
            .setAttribute("sightline.stream", origin.stream())
            .startSpan();
    if (!span.isRecording()) {
      return Call.NONE;
    }
    if (!origin.name().isEmpty()) {
      span.setAttribute("sightline.stream_name", origin.name());
    }
    return new TracedCall(span, origin.kind() == Origin.Kind.UNARY ? 0 : intervalNanos);
  }

  private final class TracedCall implements Call {
    private final Span span;
    private final Context context;
    private final long interval;
    private boolean began;
    private long last;

    TracedCall(Span span, long interval) {
      this.span = span;
      this.context = Context.root().with(span);
      this.interval = interval;
    }

    @Override
    public Frame accepted(long sequence, long arrival) {
      if (began && arrival - last < interval) {
        return Frame.NONE;
      }
      began = true;
      last = arrival;
      return new TracedFrame(context, sequence, arrival);
    }

    @Override
    public void closed() {
      span.end(epochNanos.getAsLong(), TimeUnit.NANOSECONDS);
    }
  }

  private final class TracedFrame implements Frame {
    private final long arrival;
    private final long began;
    private final Span span;
    private final Context context;
    private int passes;

    TracedFrame(Context call, long sequence, long arrival) {
      this.arrival = arrival;
      this.began = epochNanos.getAsLong();
      this.span =
          tracer
              .spanBuilder("image")
              .setParent(call)
              .setStartTimestamp(began, TimeUnit.NANOSECONDS)
              .setAttribute("sightline.sequence", sequence)
              .startSpan();
      this.context = call.with(span);
    }

    @Override
    public synchronized void passed(long start, long end, int frames) {
      if (passes++ < MAX_PASSES) {
        child("pass", start - arrival)
            .setAttribute("sightline.batch_size", frames)
            .end(began + end - arrival, TimeUnit.NANOSECONDS);
      }
    }

    @Override
    public void answered(ExplanationOrBuilder answer) {
      Timing timing = answer.getTiming();
      long total = nanos(timing.getTotal());
      if (timing.hasQueue()) {
        child("queue", 0).end(began + nanos(timing.getQueue()), TimeUnit.NANOSECONDS);
      }
      if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED && timing.getFrames() == 1) {
        // With several frames it happens in pieces between the passes.
        child("postprocess", total - nanos(timing.getPostprocess()))
            .end(began + total, TimeUnit.NANOSECONDS);
      }
      span.setAttribute("sightline.outcome", Metrics.label(answer.getOutcome(), "OUTCOME_"));
      span.setAttribute("sightline.frames", timing.getFrames());
      span.setAttribute("sightline.preprocess_ns", nanos(timing.getPreprocess()));
      span.setAttribute("sightline.compute_ns", nanos(timing.getCompute()));
      span.setAttribute("sightline.postprocess_ns", nanos(timing.getPostprocess()));
      if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
        span.setAttribute("sightline.model", answer.getModel());
      } else if (answer.hasUnchangedSince()) {
        span.setAttribute("sightline.unchanged_since", answer.getUnchangedSince());
      } else {
        span.setAttribute(
            "sightline.reason", Metrics.label(answer.getProblem().getReason(), "REASON_"));
      }
      if (answer.getOutcome() == Outcome.OUTCOME_INTERNAL) {
        span.setStatus(StatusCode.ERROR, answer.getProblem().getMessage());
      }
      span.end(began + total, TimeUnit.NANOSECONDS);
    }

    private Span child(String name, long nanosFromArrival) {
      return tracer
          .spanBuilder(name)
          .setParent(context)
          .setStartTimestamp(began + nanosFromArrival, TimeUnit.NANOSECONDS)
          .startSpan();
    }
  }

  private static long nanos(Duration duration) {
    return TimeUnit.SECONDS.toNanos(duration.getSeconds()) + duration.getNanos();
  }

  /** Reads what a client sent along. */
  private enum Headers implements TextMapGetter<UnaryOperator<@Nullable String>> {
    GETTER;

    @Override
    public Iterable<String> keys(UnaryOperator<@Nullable String> headers) {
      return List.of();
    }

    @Override
    public @Nullable String get(@Nullable UnaryOperator<@Nullable String> headers, String name) {
      return headers == null ? null : headers.apply(name.toLowerCase(Locale.ROOT));
    }
  }
}
