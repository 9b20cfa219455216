package dev.sightline.server.app.telemetry;

import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.ExplanationOrBuilder;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Timing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Counts and measures, under {@link MetricNames}. Telling it of an image allocates nothing. */
final class Metrics implements Telemetry {
  private static final Duration[] SECONDS =
      Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);
  private static final double[] FRAMES = {1, 2, 4, 8, 16, 32, 64, 128};

  private final Map<Origin.Kind, OfKind> kinds = new EnumMap<>(Origin.Kind.class);
  private final Drops drops;
  private final Timer queue;
  private final Timer compute;
  private final Timer postprocess;
  private final DistributionSummary batchSize;

  /**
   * Registers all meters.
   *
   * @param streams how many streams may have their drops counted under their own names; 0 counts
   *     all together
   */
  Metrics(MeterRegistry registry, int streams) {
    for (Origin.Kind kind : Origin.Kind.values()) {
      kinds.put(kind, new OfKind(registry, kind.label()));
    }
    drops = new Drops(registry, streams);
    queue = timer(registry, MetricNames.QUEUE, "From an image's arrival until a batch took it.");
    compute = timer(registry, MetricNames.COMPUTE, "A pass through the engine.");
    postprocess =
        timer(registry, MetricNames.POSTPROCESS, "Computing and encoding the maps of an image.");
    batchSize =
        DistributionSummary.builder(MetricNames.BATCH_SIZE)
            .description("Frames in a pass.")
            .serviceLevelObjectives(FRAMES)
            .register(registry);
  }

  /** Registers how many images wait. */
  static void frames(MeterRegistry registry, Supplier<Number> waiting) {
    Gauge.builder(MetricNames.FRAMES_WAITING, waiting)
        .description("Images that wait for a batch.")
        .register(registry);
  }

  /** Registers the state of a model's circuit breaker: 0 closed, 1 half open, 2 open. */
  static void breaker(MeterRegistry registry, String model, Supplier<Number> state) {
    Gauge.builder(MetricNames.BREAKER_STATE, state)
        .description("A model's circuit breaker: 0 closed, 1 half open, 2 open.")
        .tag("model", model)
        .register(registry);
  }

  private static Timer timer(MeterRegistry registry, String name, String what, String... tags) {
    return Timer.builder(name)
        .description(what)
        .tags(tags)
        .serviceLevelObjectives(SECONDS)
        .register(registry);
  }

  @Override
  public Call opened(Origin origin) {
    return new MeteredCall(
        Objects.requireNonNull(kinds.get(origin.kind())), drops.of(origin.name()));
  }

  @Override
  public void passed(String lane, int frames, int rows, long nanos, long oldestNanos) {
    compute.record(nanos, TimeUnit.NANOSECONDS);
    batchSize.record(frames);
  }

  /** The meters of a kind of call. */
  private static final class OfKind {
    final AtomicInteger open = new AtomicInteger();
    final Counter accepted;
    final Map<Outcome, Counter> answers;
    final Timer age;

    OfKind(MeterRegistry registry, String kind) {
      Gauge.builder(MetricNames.STREAMS_OPEN, open, AtomicInteger::get)
          .description("Calls that are open.")
          .tag("kind", kind)
          .strongReference(true)
          .register(registry);
      accepted =
          Counter.builder(MetricNames.FRAMES_ACCEPTED)
              .description("Images that came.")
              .tag("kind", kind)
              .register(registry);
      answers =
          counters(
              Outcome.class,
              outcome ->
                  Counter.builder(MetricNames.ANSWERS)
                      .description("Answers by what became of the image.")
                      .tags("outcome", label(outcome, "OUTCOME_"), "kind", kind)
                      .register(registry));
      age =
          timer(
              registry,
              MetricNames.FRAME_AGE,
              "From an image's arrival until its explanation was ready.",
              "kind",
              kind);
    }
  }

  /** A counter for each value that is ever sent. */
  static <E extends Enum<E>> Map<E, Counter> counters(
      Class<E> values, Function<E, Counter> counter) {
    Map<E, Counter> all = new EnumMap<>(values);
    for (E value : values.getEnumConstants()) {
      if (!value.name().equals("UNRECOGNIZED") && !value.name().endsWith("_UNSPECIFIED")) {
        all.put(value, counter.apply(value));
      }
    }
    return all;
  }

  /** A value of the contract as a label has it. */
  static String label(Enum<?> value, String prefix) {
    return value.name().substring(prefix.length()).toLowerCase(Locale.ROOT);
  }

  private static void increment(Map<?, Counter> counters, Enum<?> value) {
    Counter counter = counters.get(value);
    if (counter != null) {
      counter.increment();
    }
  }

  private static long nanos(com.google.protobuf.Duration duration) {
    return TimeUnit.SECONDS.toNanos(duration.getSeconds()) + duration.getNanos();
  }

  /** Hears of a call; of its images too, of which it need not remember anything. */
  private final class MeteredCall implements Call, Frame {
    private final OfKind kind;
    private final Map<Reason, Counter> dropped;

    MeteredCall(OfKind kind, Map<Reason, Counter> dropped) {
      this.kind = kind;
      this.dropped = dropped;
      kind.open.incrementAndGet();
    }

    @Override
    public Frame accepted(long sequence, long arrival) {
      kind.accepted.increment();
      return this;
    }

    @Override
    public void answered(ExplanationOrBuilder answer) {
      increment(kind.answers, answer.getOutcome());
      Timing timing = answer.getTiming();
      if (timing.hasQueue()) {
        queue.record(nanos(timing.getQueue()), TimeUnit.NANOSECONDS);
      }
      if (answer.hasProblem()) {
        increment(dropped, answer.getProblem().getReason());
      } else if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
        kind.age.record(nanos(timing.getTotal()), TimeUnit.NANOSECONDS);
        postprocess.record(nanos(timing.getPostprocess()), TimeUnit.NANOSECONDS);
      }
    }

    @Override
    public void closed() {
      kind.open.decrementAndGet();
    }
  }
}
