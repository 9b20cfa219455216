package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls that come whether the server keeps up or not, simulated tenth by tenth of a millisecond.
 */
class OverloadTest {
  private static final int BATCH = 8;
  private static final int PASS = 400;
  private static final int TICKS_PER_SECOND = 10_000;
  private static final int SECONDS = 10;
  private static final Duration TICK = Duration.ofNanos(100_000);
  private static final Duration MAX_AGE = Duration.ofMillis(500);
  private static final double CAPACITY = (double) BATCH * TICKS_PER_SECOND / PASS;

  private long seed = 7;
  private final FakeClock clock = new FakeClock();
  private int sent;
  private int answered;
  private int inTime;
  private int overloaded;
  private long slowestRefusal;
  private long oldest;

  /** Calls that come at other times. */
  private static OverloadTest seeded(long seed) {
    OverloadTest test = new OverloadTest();
    test.seed = seed;
    return test;
  }

  /** So many calls a second on average, at random times; a pass of 8 takes 40 ms. */
  private OverloadTest simulate(double callsPerSecond, int maxWaiting) {
    Random random = new Random(seed);
    FakeBackend backend = new FakeBackend(BATCH);
    Lane lane = new Lane("model/layer", () -> backend);
    Batcher batcher = new Batcher(BatchLimits.DEFAULT.withMaxWaiting(maxWaiting), clock);
    Worker worker = batcher.worker();
    double next = 0;
    int busyUntil = 0;
    for (int tick = 0; tick < SECONDS * TICKS_PER_SECOND; tick++) {
      while (next <= tick) {
        submit(batcher.single(), lane);
        next -= Math.log(1 - random.nextDouble()) * TICKS_PER_SECOND / callsPerSecond;
      }
      if (tick >= busyUntil) {
        boolean[] passed = new boolean[1];
        backend.during(
            () -> {
              passed[0] = true;
              clock.advance(TICK.multipliedBy(PASS));
            });
        worker.step();
        if (passed[0]) {
          clock.advance(TICK.multipliedBy(-PASS));
          busyUntil = tick + PASS;
        }
      }
      clock.advance(TICK);
    }
    batcher.close();
    assertThat(answered).isEqualTo(sent);
    return this;
  }

  private void submit(Source source, Lane lane) {
    long arrival = clock.getAsLong();
    sent++;
    source.submit(
        new PixelWork(lane, sent, -1),
        arrival,
        new Item.Terms(MAX_AGE.toNanos(), Item.NEVER),
        answer -> answered(answer, clock.getAsLong() - arrival));
  }

  private void answered(Explanation.Builder answer, long age) {
    answered++;
    oldest = Math.max(oldest, age);
    if (answer.getOutcome() == Outcome.OUTCOME_OVERLOADED) {
      overloaded++;
      slowestRefusal = Math.max(slowestRefusal, age);
      assertThat(answer.getProblem().getMetadataMap()).containsKey("retry_after_ms");
    }
    inTime += answer.getOutcome() == Outcome.OUTCOME_EXPLAINED ? 1 : 0;
  }

  private double goodput() {
    return (double) inTime / SECONDS;
  }

  @Test
  void fiveTimesTheCapacityLosesNoneOfItAndRefusesTheRestAtOnce() {
    fiveTimesTheCapacity(7);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void fiveTimesTheCapacityLosesNoneOfItHoweverTheCallsCome(long arrivals) {
    fiveTimesTheCapacity(arrivals);
  }

  static LongStream manySeeds() {
    return LongStream.rangeClosed(101, 150);
  }

  private static void fiveTimesTheCapacity(long arrivals) {
    double peak = seeded(arrivals).simulate(CAPACITY, 64).goodput();
    OverloadTest five = seeded(arrivals).simulate(5 * CAPACITY, 64);
    assertThat(peak).isGreaterThan(0.85 * CAPACITY);
    assertThat(five.goodput()).isGreaterThanOrEqualTo(0.9 * peak).isGreaterThan(0.95 * CAPACITY);
    assertThat(five.overloaded).isGreaterThan(five.sent / 2);
    assertThat(five.slowestRefusal).as("the time from arrival to refusal").isZero();
    assertThat(Duration.ofNanos(five.oldest))
        .isLessThanOrEqualTo(MAX_AGE.plus(TICK.multipliedBy(PASS)));
  }

  /** Room for more than can be served within the maximum age: those too old cost no pass. */
  @Test
  void roomThatIsTooLargeCostsNoneOfTheCapacityEither() {
    OverloadTest five = new OverloadTest().simulate(5 * CAPACITY, 1024);
    assertThat(five.goodput()).isGreaterThan(0.95 * CAPACITY);
    assertThat(Duration.ofNanos(five.oldest))
        .isLessThanOrEqualTo(MAX_AGE.plus(TICK.multipliedBy(PASS)));
  }
}
