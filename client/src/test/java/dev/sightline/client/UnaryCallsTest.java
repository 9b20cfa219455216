package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UnaryCallsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FastTimer timer = new FastTimer();
  private final StoppedClock clock = new StoppedClock();
  private final UnaryCalls calls =
      new UnaryCalls(
          new Link(InProcessChannelBuilder.forName("nobody").build(), "nobody:1", MINUTE, timer),
          clock);
  private final Deque<Throwable> failures = new ArrayDeque<>();
  private int asked;

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void whatMayHealIsAskedAgainWithWaitsThatGrow() {
    fail(Status.UNAVAILABLE, 4);

    assertThat(calls.ask(MINUTE, this::answer)).isEqualTo("answer 5");
    assertThat(timer.waits.subList(0, 4))
        .satisfies(
            waits -> {
              assertThat(waits.get(0)).isBetween(50L, 100L);
              assertThat(waits.get(1)).isBetween(100L, 200L);
              assertThat(waits.get(2)).isBetween(200L, 400L);
              assertThat(waits.get(3)).isBetween(400L, 800L);
            });
  }

  @Test
  void fiveTriesAreTheMost() {
    fail(Status.UNAVAILABLE, 100);
    assertThatThrownBy(() -> calls.ask(MINUTE, this::answer))
        .isInstanceOf(SightlineException.class)
        .hasMessageStartingWith("no server answers at nobody:1");
    assertThat(asked).isEqualTo(5);
  }

  @Test
  void aServerWithoutRoomIsLeftAloneForAsLongAsItAsks() {
    failures.add(withoutRoom(7));
    assertThat(calls.ask(MINUTE, this::answer)).isEqualTo("answer 2");
    assertThat(timer.waits).containsExactly(7000L);
  }

  @Test
  void nothingElseIsAskedAgain() {
    for (Status status :
        new Status[] {
          Status.RESOURCE_EXHAUSTED,
          Status.INVALID_ARGUMENT,
          Status.INTERNAL,
          Status.UNAUTHENTICATED,
          Status.DEADLINE_EXCEEDED,
          Status.CANCELLED
        }) {
      asked = 0;
      fail(status, 1);
      assertThatThrownBy(() -> calls.ask(MINUTE, this::answer))
          .isInstanceOf(SightlineException.class);
      assertThat(asked).isEqualTo(1);
    }
  }

  @Test
  void aWaitThatWouldOutlastTheDeadlineIsNotBegun() {
    failures.add(withoutRoom(7));
    assertThatThrownBy(() -> calls.ask(Duration.ofSeconds(5), this::answer))
        .isInstanceOfSatisfying(
            SightlineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OVERLOADED));
    assertThat(asked).isEqualTo(1);
    assertThat(timer.waits).isEmpty();
  }

  @Test
  void aDeadServerIsLeftAloneAndTriedAgainAfterTwoSeconds() {
    fail(Status.UNAVAILABLE.withDescription("io"), 6);
    assertThatThrownBy(() -> calls.ask(MINUTE, this::answer));
    assertThat(asked).isEqualTo(5);

    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> calls.ask(MINUTE, this::answer))
          .isInstanceOfSatisfying(
              SightlineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
          .hasMessage(
              "not asked, for the last calls did not reach a server; the next is tried within 2 s:"
                  + " no server answers at nobody:1 (io)");
    }
    assertThat(asked).isEqualTo(5);

    clock.now = clock.now.plusSeconds(2).plusMillis(1);
    assertThatThrownBy(() -> calls.ask(MINUTE, this::answer)).hasMessageStartingWith("not asked");
    assertThat(asked).isEqualTo(6);
    clock.now = clock.now.plusSeconds(2).plusMillis(1);
    assertThat(calls.ask(MINUTE, this::answer)).isEqualTo("answer 7");
    assertThat(calls.ask(MINUTE, this::answer)).isEqualTo("answer 8");
  }

  @Test
  void refusalsOfALiveServerDoNotOpenTheBreaker() {
    fail(Status.INVALID_ARGUMENT, 50);
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(() -> calls.ask(MINUTE, this::answer));
    }
    assertThat(asked).isEqualTo(50);
    assertThat(calls.ask(MINUTE, this::answer)).isEqualTo("answer 51");
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    CompletableFuture<Boolean> still = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                calls.ask(MINUTE, (until, answer) -> {});
              } catch (SightlineException e) {
                still.complete(Thread.currentThread().isInterrupted());
              }
            });
    waiting.start();
    waiting.interrupt();
    assertThat(still.get(10, TimeUnit.SECONDS)).isTrue();
  }

  private void fail(Status status, int times) {
    for (int i = 0; i < times; i++) {
      failures.add(status.asRuntimeException());
    }
  }

  private void answer(Deadline until, StreamObserver<String> observer) {
    assertThat(until.timeRemaining(TimeUnit.SECONDS)).isPositive();
    asked++;
    Throwable failure = failures.poll();
    if (failure != null) {
      observer.onError(failure);
    } else {
      observer.onNext("answer " + asked);
      observer.onCompleted();
    }
  }

  private static Throwable withoutRoom(int seconds) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
            .setMessage("no room")
            .addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(
                            com.google.protobuf.Duration.newBuilder().setSeconds(seconds))
                        .build()))
            .build());
  }

  private static final class StoppedClock extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
