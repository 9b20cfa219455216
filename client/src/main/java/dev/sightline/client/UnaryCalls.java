package dev.sightline.client;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalBiFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls with one answer. What may heal is tried again, with waits that grow, within the call's
 * deadline; while no server can be reached, a breaker keeps the client from asking. Thread-safe.
 */
final class UnaryCalls {
  private static final int TRIES = 5;
  private static final int LAST_CALLS = 10;
  private static final Duration LEFT_ALONE = Duration.ofSeconds(2);

  /** Before the breaker's next try, so that it finds a connection if there is a server. */
  private static final Duration HEAD_START = Duration.ofMillis(200);

  private final Link link;
  private final CircuitBreaker breaker;
  private volatile @Nullable Throwable lastFailure;

  UnaryCalls(Link link, Clock clock) {
    this.link = link;
    this.breaker =
        CircuitBreaker.of(
            "sightline-client",
            CircuitBreakerConfig.custom()
                .clock(clock)
                .slidingWindowSize(LAST_CALLS)
                .minimumNumberOfCalls(TRIES)
                .waitDurationInOpenState(LEFT_ALONE)
                .permittedNumberOfCallsInHalfOpenState(1)
                .recordException(Failures::isUnreachable)
                .ignoreException(UnaryCalls::saysNothingOfTheServer)
                .build());
    breaker
        .getEventPublisher()
        .onStateTransition(
            change -> {
              if (change.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
                hurryAfter(LEFT_ALONE.minus(HEAD_START));
              }
            });
  }

  /**
   * Waits for an answer.
   *
   * @param call asks for it once, until then
   * @throws SightlineException if none came
   */
  <R> R ask(Duration longestWait, BiConsumer<Deadline, StreamObserver<R>> call) {
    Deadline until = Deadline.after(longestWait.toNanos(), TimeUnit.NANOSECONDS);
    Context.CancellableContext context = Context.current().withCancellation();
    try {
      return Retry.of("sightline-client", retrying(until))
          .executeCompletionStage(
              link.timer(),
              () ->
                  breaker.executeCompletionStage(
                      () -> {
                        Answered<R> answer = new Answered<>();
                        context.run(() -> call.accept(until, answer));
                        return answer.promise;
                      }))
          .toCompletableFuture()
          .get();
    } catch (ExecutionException e) {
      throw failure(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SightlineException(
          Reason.CANCELLED, "interrupted while waiting for the answer", Map.of(), e);
    } finally {
      context.cancel(null);
    }
  }

  private static RetryConfig retrying(Deadline until) {
    IntervalBiFunction<Object> wait =
        (tries, outcome) ->
            Math.max(
                Backoff.millis(tries), outcome.isLeft() ? asked(outcome.getLeft()).toMillis() : 0);
    return RetryConfig.custom()
        .maxAttempts(TRIES)
        .intervalBiFunction(wait)
        .retryOnException(
            failure ->
                Failures.mayHealAfterWait(failure)
                    && until.timeRemaining(TimeUnit.MILLISECONDS)
                        > Math.max(Backoff.longestMillis(TRIES - 1), asked(failure).toMillis()))
        .build();
  }

  private static Duration asked(Throwable failure) {
    return Failures.retryAfter(failure).orElse(Duration.ZERO);
  }

  private static boolean saysNothingOfTheServer(Throwable failure) {
    Status.Code code = Status.fromThrowable(failure).getCode();
    return code == Status.Code.DEADLINE_EXCEEDED || code == Status.Code.CANCELLED;
  }

  private SightlineException failure(Throwable failure) {
    if (failure instanceof CallNotPermittedException) {
      Throwable last = lastFailure;
      return new SightlineException(
          Reason.UNAVAILABLE,
          "not asked, for the last calls did not reach a server; the next is tried within "
              + LEFT_ALONE.toSeconds()
              + " s"
              + (last == null ? "" : ": " + Failures.of(last, link.server()).getMessage()),
          Map.of(),
          failure);
    }
    return Failures.of(failure, link.server());
  }

  private void hurryAfter(Duration wait) {
    try {
      Future<?> unused = link.timer().schedule(link::hurry, wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      // The client is closed.
    }
  }

  /** The one answer of a call, or its failure. */
  private final class Answered<R> implements StreamObserver<R> {
    private final CompletableFuture<R> promise = new CompletableFuture<>();

    @Override
    public void onNext(R answer) {
      link.reached();
      promise.complete(answer);
    }

    @Override
    public void onError(Throwable failure) {
      if (Failures.isUnreachable(failure)) {
        lastFailure = failure;
        link.hurry();
      }
      promise.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      promise.completeExceptionally(
          SightlineException.protocol("the server completed the call without an answer"));
    }
  }
}
