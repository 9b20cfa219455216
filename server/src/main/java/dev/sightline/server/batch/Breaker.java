package dev.sightline.server.batch;

import dev.sightline.v1.Reason;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves a model alone while the engine fails on it: its images are refused at once instead of
 * waiting for what will fail, and other models keep the workers. One for all lanes of a model, on
 * the device that it runs on.
 *
 * <p>What counts is a batch: it failed if the engine computed none of its frames, and not even a
 * blank image in their place. So no image can make it open, however bad.
 *
 * <p>All but {@link #state} is guarded by the batcher's lock.
 */
public final class Breaker {
  private static final Logger log = LoggerFactory.getLogger(Breaker.class);
  private static final long MILLI = 1_000_000;

  /** Where it stands. */
  public enum State {
    /** The model is served. */
    CLOSED(0),
    /** A batch is being tried, or the next one will be; others wait for what comes of it. */
    HALF_OPEN(1),
    /** Images of the model are refused. */
    OPEN(2);

    private final int level;

    State(int level) {
      this.level = level;
    }

    /** What a gauge shows. */
    public int level() {
      return level;
    }
  }

  private final CircuitBreaker circuit;
  private final LongSupplier nanoTime;
  private final BreakerLimits limits;
  private long retryAt;

  /**
   * A closed one.
   *
   * @param model the model's name
   * @param nanoTime the time by the batcher's clock
   */
  public Breaker(String model, BreakerLimits limits, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.limits = limits;
    this.circuit =
        CircuitBreaker.of(
            model,
            CircuitBreakerConfig.custom()
                .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(limits.window())
                .minimumNumberOfCalls(limits.minimum())
                .failureRateThreshold(limits.failedPercent())
                .waitDurationInOpenState(limits.rest())
                .permittedNumberOfCallsInHalfOpenState(limits.probes())
                .clock(new NanoClock(nanoTime))
                .build());
  }

  /** One that is always closed. */
  public static Breaker never() {
    Breaker never = new Breaker("", BreakerLimits.DEFAULT, () -> 0);
    never.circuit.transitionToDisabledState();
    return never;
  }

  /** Where it stands now. Thread-safe. */
  public State state() {
    return switch (circuit.getState()) {
      case OPEN, FORCED_OPEN -> State.OPEN;
      case HALF_OPEN -> State.HALF_OPEN;
      case CLOSED, DISABLED, METRICS_ONLY -> State.CLOSED;
    };
  }

  /** Whether it matters to anybody if a batch fails. */
  boolean watches() {
    return circuit.getState() != CircuitBreaker.State.DISABLED;
  }

  /** Whether a batch may run now. */
  boolean ready() {
    boolean ready = circuit.tryAcquirePermission();
    if (ready) {
      circuit.releasePermission();
    }
    return ready;
  }

  /** Why an image must not wait for the model; null if it may. */
  @Nullable Refusal refusal() {
    if (state() != State.OPEN || ready()) {
      return null;
    }
    long left = Math.max(1, (retryAt - nanoTime.getAsLong() + MILLI - 1) / MILLI);
    return new Refusal(
        Reason.REASON_MODEL_UNAVAILABLE,
        "The inference engine fails on model %s, which is tried again in %d ms."
            .formatted(circuit.getName(), left),
        Map.of("model", circuit.getName(), Refusal.RETRY_DELAY, Long.toString(left)));
  }

  /** A batch is taken, which ends by {@link #ended} or {@link #unused}; only if {@link #ready}. */
  void begun() {
    if (!circuit.tryAcquirePermission()) {
      throw new IllegalStateException("a batch of " + circuit.getName() + " was not allowed");
    }
  }

  /** None of the batch's images came to a pass. */
  void unused() {
    circuit.releasePermission();
  }

  /** The batch is over. */
  void ended(boolean sound) {
    State before = state();
    if (sound) {
      circuit.onSuccess(0, TimeUnit.NANOSECONDS);
    } else {
      circuit.onError(0, TimeUnit.NANOSECONDS, new IllegalStateException());
    }
    State after = state();
    if (after == State.OPEN && before != State.OPEN) {
      retryAt = nanoTime.getAsLong() + limits.rest().toNanos();
      log.error(
          "The engine fails on model {}; it is left alone for {}",
          circuit.getName(),
          limits.rest());
    } else if (after == State.CLOSED && before != State.CLOSED) {
      log.info("Model {} is served again", circuit.getName());
    }
  }

  /** The batcher's time as the library wants it. */
  private static final class NanoClock extends Clock {
    private final LongSupplier nanoTime;
    private final long origin;

    NanoClock(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
      this.origin = nanoTime.getAsLong();
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH.plusNanos(nanoTime.getAsLong() - origin);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
