package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images of any stages in any lanes, of which any may fail, from sources of every sort that are
 * paused, cancelled and closed whenever it suits least: each has exactly one answer, and the right
 * one, and nothing of it stays behind.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EveryImageOneAnswerTest {
  private static final int MAX_BYTES = 1000;
  private static final BatchLimits LIMITS = new BatchLimits(500, MAX_BYTES, 6, Duration.ZERO);
  private static final int WORKERS = 3;
  private static final int PRODUCERS = 4;

  /** While a pass runs, everything else may happen, other passes too. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void inAnyInterleavingOnOneThread(long seed) {
    Random random = new Random(seed);
    FakeClock clock = new FakeClock();
    Batcher batcher =
        new Batcher(
            seed % 3 == 0
                ? LIMITS.withLinger(Duration.ofNanos(300))
                : LIMITS.withMaxWaiting(seed % 3 == 1 ? 5 : 500),
            clock);
    RandomLanes lanes = new RandomLanes(random, clock);
    RandomImages images = new RandomImages(random, batcher, lanes);
    List<Worker> idle = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      idle.add(batcher.worker());
    }
    Runnable anything =
        () -> {
          int choice = random.nextInt(10);
          if (choice < 4) {
            images.act();
          } else if (choice < 5) {
            clock.advance(
                Duration.ofNanos(random.nextInt(random.nextInt(50) == 0 ? 2_000_000 : 200)));
          } else if (!idle.isEmpty()) {
            Worker worker = idle.remove(random.nextInt(idle.size()));
            worker.step();
            idle.add(worker);
          }
        };
    lanes.during(
        () -> {
          for (int i = random.nextInt(6); i > 0; i--) {
            anything.run();
          }
        });
    for (int step = 0; step < 3000; step++) {
      anything.run();
    }
    lanes.during(() -> {});
    Runnable work =
        () -> {
          do {
            clock.advance(Duration.ofNanos(300));
          } while (idle.get(0).step());
        };
    images.resume();
    work.run();
    images.checkAll();
    images.submitToEverySource();
    work.run();
    images.checkAll();
    assertThat(batcher.waiting()).isZero();
    if (seed % 3 != 1) {
      images.fill(MAX_BYTES / 10);
      work.run();
      images.checkAll();
    }
    assertThat(images.outcomes())
        .contains(
            Outcome.OUTCOME_EXPLAINED,
            Outcome.OUTCOME_SUPERSEDED,
            Outcome.OUTCOME_INVALID_IMAGE,
            Outcome.OUTCOME_INTERNAL,
            Outcome.OUTCOME_CANCELLED,
            Outcome.OUTCOME_OVERLOADED,
            Outcome.OUTCOME_STALE);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void inAnyOfManyInterleavingsOnOneThread(long seed) {
    inAnyInterleavingOnOneThread(seed);
  }

  static LongStream manySeeds() {
    return LongStream.rangeClosed(101, 300);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void withManyThreads(long seed) throws Exception {
    Batcher batcher =
        new Batcher(
            seed % 2 == 0 ? LIMITS.withLinger(Duration.ofNanos(20_000)) : LIMITS, System::nanoTime);
    RandomLanes lanes = new RandomLanes(new Random(seed), System::nanoTime);
    batcher.start(WORKERS);
    List<RandomImages> all = produce(batcher, lanes, seed, () -> {});
    for (RandomImages images : all) {
      images.resume();
      images.awaitAll();
      images.checkAll();
      images.submitToEverySource();
      images.awaitAll();
      images.checkAll();
    }
    assertThat(batcher.waiting()).isZero();
    assertThat(outcomes(all))
        .contains(Outcome.OUTCOME_EXPLAINED, Outcome.OUTCOME_CANCELLED)
        .doesNotContain(Outcome.OUTCOME_DRAINING);
    all.get(0).fill(MAX_BYTES / 10);
    all.get(0).awaitAll();
    batcher.close();
    all.forEach(RandomImages::checkAll);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manyThreadSeeds")
  void manyTimesWithManyThreads(long seed) throws Exception {
    withManyThreads(seed);
  }

  static LongStream manyThreadSeeds() {
    return LongStream.rangeClosed(101, 140);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7, 8})
  void whenTheServerClosesAmidstManyThreads(long seed) throws Exception {
    Batcher batcher = new Batcher(LIMITS, System::nanoTime);
    RandomLanes lanes = new RandomLanes(new Random(seed), System::nanoTime);
    batcher.start(WORKERS);
    List<RandomImages> all = produce(batcher, lanes, seed, batcher::close);
    all.forEach(RandomImages::checkAll);
    assertThat(batcher.waiting()).isZero();
    assertThat(outcomes(all)).contains(Outcome.OUTCOME_DRAINING);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manyThreadSeeds")
  void whenTheServerClosesManyTimesAmidstManyThreads(long seed) throws Exception {
    whenTheServerClosesAmidstManyThreads(seed);
  }

  /** Producers act at once, each on sources of its own, while something else goes on. */
  private static List<RandomImages> produce(
      Batcher batcher, RandomLanes lanes, long seed, Runnable meanwhile) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);
    List<RandomImages> all = new ArrayList<>();
    List<Future<?>> runs = new ArrayList<>();
    for (int i = 0; i < PRODUCERS; i++) {
      RandomImages images = new RandomImages(new Random(100 * seed + i), batcher, lanes);
      all.add(images);
      runs.add(
          threads.submit(
              () -> {
                for (int step = 0; step < 1500; step++) {
                  images.act();
                }
              }));
    }
    all.get(0).awaitFirst();
    meanwhile.run();
    for (Future<?> run : runs) {
      run.get(30, TimeUnit.SECONDS);
    }
    threads.shutdown();
    return all;
  }

  private static Stream<Outcome> outcomes(List<RandomImages> all) {
    return all.stream().flatMap(RandomImages::outcomes);
  }
}
