package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.engine.EngineException;
import dev.sightline.server.engine.PassShape;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private static final Duration MS = Duration.ofMillis(1);

  private final FakeClock clock = new FakeClock();
  private final FakeBackend backend = new FakeBackend(4);
  private final Lane lane = new Lane("model/layer", () -> backend);
  private final Map<Float, Explanation> answers = new LinkedHashMap<>();
  private Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
  private Worker worker = batcher.worker();

  private void limits(BatchLimits limits) {
    batcher = new Batcher(limits, clock);
    worker = batcher.worker();
  }

  private void submit(Source source, PixelWork work, Duration maxAge) {
    float pixel = work.pixel();
    source.submit(
        work,
        clock.getAsLong(),
        new Item.Terms(maxAge.isZero() ? Item.NEVER : maxAge.toNanos(), Item.NEVER),
        answer -> assertThat(answers.put(pixel, answer.build())).as("second answer").isNull());
  }

  private PixelWork pixel(Lane to, float pixel) {
    return new PixelWork(to, pixel, -1);
  }

  private void submit(Source source, float pixel) {
    submit(source, pixel(lane, pixel), Duration.ZERO);
  }

  private void work() {
    while (worker.step()) {}
  }

  private static com.google.protobuf.Duration nanos(int nanos) {
    return com.google.protobuf.Duration.newBuilder().setNanos(nanos).build();
  }

  private Explanation answer(float pixel) {
    return answers.getOrDefault(pixel, Explanation.getDefaultInstance());
  }

  private Outcome outcome(float pixel) {
    return answer(pixel).getOutcome();
  }

  @Test
  void newestFrameReplacesTheOneStillWaiting() {
    Source source = batcher.live();
    submit(source, 1);
    submit(source, 2);
    submit(source, 3);
    assertThat(batcher.waiting()).isEqualTo(1);
    work();
    assertThat(backend.passes()).containsExactly(List.of(3f));
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_SUPERSEDED);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_SUPERSEDED);
    assertThat(answer(3f).getPredictions(0).getLogit()).isEqualTo(3);
  }

  @Test
  void batchesFormAcrossSourcesInTurn() {
    List<Source> sources = new ArrayList<>();
    for (int s = 0; s < 3; s++) {
      sources.add(batcher.queue(8).orElseThrow());
      for (int i = 0; i < 3; i++) {
        submit(sources.get(s), 10 * (s + 1) + i);
      }
    }
    work();
    assertThat(backend.passes())
        .containsExactly(List.of(10f, 20f, 30f, 11f), List.of(21f, 31f, 12f, 22f), List.of(32f));
    assertThat(answer(11f).getTiming().getBatchSize()).isEqualTo(4);
  }

  @Test
  void manyImagesOfOneCallDelayALiveStreamByOneTurnOnly() {
    Source busy = batcher.queue(100).orElseThrow();
    IntStream.range(100, 200).forEach(pixel -> submit(busy, pixel));
    worker.step();
    worker.step();
    submit(batcher.live(), 1);
    worker.step();
    assertThat(backend.passes())
        .containsExactly(List.of(100f, 101f, 102f, 103f), List.of(104f, 1f, 105f, 106f));
  }

  @Test
  void lanesTakeTurns() {
    FakeBackend otherBackend = new FakeBackend(4);
    Lane other = new Lane("other", () -> otherBackend);
    Source many = batcher.queue(100).orElseThrow();
    IntStream.range(0, 12).forEach(pixel -> submit(many, pixel));
    submit(batcher.single(), pixel(other, 50), Duration.ZERO);
    worker.step();
    worker.step();
    worker.step();
    worker.step();
    assertThat(otherBackend.passes()).containsExactly(List.of(50f));
    assertThat(answers).hasSizeLessThan(12);
  }

  @Test
  void poisonedItemFailsAlone() {
    FakeBackend eight = new FakeBackend(8);
    Lane wide = new Lane("wide", () -> eight);
    for (float pixel = 1; pixel <= 7; pixel++) {
      submit(batcher.single(), pixel(wide, pixel), Duration.ZERO);
    }
    submit(batcher.single(), pixel(wide, FakeBackend.POISON), Duration.ZERO);
    work();
    assertThat(outcome(FakeBackend.POISON)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    for (float pixel = 1; pixel <= 7; pixel++) {
      assertThat(outcome(pixel)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
      assertThat(answer(pixel).getPredictions(0).getLogit()).isEqualTo(pixel);
    }
    assertThat(eight.passes()).hasSize(7);
  }

  @Test
  void passingFailureOfTheEngineIsSurvivedByAnImageAlone() {
    submit(batcher.single(), 1);
    worker.step();
    backend.failNext(1);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(backend.passes()).hasSize(2);
  }

  @Test
  void lastingFailureOfTheEngineFailsEveryImageOnce() {
    submit(batcher.single(), 1);
    submit(batcher.single(), 2);
    submit(batcher.single(), 3);
    backend.failNext(100);
    work();
    assertThat(answers.values())
        .extracting(Explanation::getOutcome)
        .containsOnly(Outcome.OUTCOME_INTERNAL)
        .hasSize(3);
    backend.failNext(0);
    submit(batcher.single(), 4);
    work();
    assertThat(outcome(4)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void unreadableImageAndBugsFailAloneAndKeepTheirSlotsFree() {
    submit(batcher.single(), PixelWork.UNREADABLE);
    submit(batcher.single(), 1);
    submit(batcher.single(), PixelWork.BUG_IN_PREPARE);
    submit(batcher.single(), PixelWork.BUG_IN_EXPLAIN);
    work();
    assertThat(outcome(PixelWork.UNREADABLE)).isEqualTo(Outcome.OUTCOME_INVALID_IMAGE);
    assertThat(outcome(PixelWork.BUG_IN_PREPARE)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(outcome(PixelWork.BUG_IN_EXPLAIN)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(backend.passes()).containsExactly(List.of(1f, PixelWork.BUG_IN_EXPLAIN));
  }

  @Test
  void imageOlderThanItsMaximumAgeIsStaleWhenABatchForms() {
    submit(batcher.single(), pixel(lane, 1), MS);
    submit(batcher.single(), pixel(lane, 2), MS.multipliedBy(2));
    clock.advance(MS.plusNanos(1));
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_STALE);
    assertThat(answer(1f).getTiming().getTotal()).isEqualTo(nanos(1_000_001));
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(answer(2f).getTiming().getQueue()).isEqualTo(nanos(1_000_001));
  }

  @Test
  void staleImageOfAnotherLaneIsAnsweredAtTheNextBatchOfAny() {
    Lane other = new Lane("other", () -> new FakeBackend(1));
    submit(batcher.single(), 1);
    submit(batcher.single(), 2);
    submit(batcher.single(), pixel(other, 3), MS);
    clock.advance(MS.multipliedBy(2));
    worker.step();
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_STALE);
  }

  @Test
  void imagesBeyondTheBoundAreOverloaded() {
    limits(BatchLimits.DEFAULT.withMaxWaiting(2));
    Source live = batcher.live();
    submit(live, 1);
    submit(batcher.single(), 2);
    submit(batcher.single(), 3);
    submit(live, 4);
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_SUPERSEDED);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(outcome(4)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void bytesThatWaitAreBoundedToo() {
    limits(new BatchLimits(100, 20, 64, Duration.ZERO));
    submit(batcher.single(), 1);
    submit(batcher.single(), 2);
    submit(batcher.single(), 3);
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
  }

  @Test
  void newestFrameDoesNotGrowPastTheBoundInBytes() {
    limits(new BatchLimits(100, 20, 64, Duration.ZERO));
    Source first = batcher.live();
    Source second = batcher.live();
    submit(first, 1);
    submit(second, 2);
    submit(first, 3);
    submit(second, PixelWork.LARGE);
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_SUPERSEDED);
    assertThat(outcome(PixelWork.LARGE)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void sourceThatLosesNothingIsToldWhenThereIsRoom() {
    limits(BatchLimits.DEFAULT.withMaxWaiting(1));
    AtomicInteger told = new AtomicInteger();
    Source queue = batcher.queue(2).orElseThrow();
    queue.whenRoom(told::incrementAndGet);
    assertThat(told).hasValue(1);
    submit(queue, 1);
    queue.whenRoom(told::incrementAndGet);
    assertThat(told).hasValue(1);
    worker.step();
    worker.step();
    assertThat(told).hasValue(2);
    submit(queue, 2);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void roomThatASourceWasToldOfIsKeptForIt() {
    limits(BatchLimits.DEFAULT.withMaxWaiting(4));
    Source queue = batcher.queue(3).orElseThrow();
    AtomicInteger told = new AtomicInteger();
    queue.whenRoom(told::incrementAndGet);
    submit(queue, 1);
    queue.whenRoom(told::incrementAndGet);
    assertThat(told).hasValue(2);
    for (int pixel = 11; pixel <= 13; pixel++) {
      submit(batcher.single(), pixel);
    }
    assertThat(outcome(13)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
    submit(queue, 2);
    assertThat(batcher.waiting()).isEqualTo(4);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void sourcesThatLoseNothingHaveThreeQuartersOfTheRoomAndGiveTheirPlacesBack() {
    limits(BatchLimits.DEFAULT.withMaxWaiting(4));
    List<Source> queues = new ArrayList<>();
    AtomicInteger told = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      queues.add(batcher.queue(8).orElseThrow());
      queues.get(i).whenRoom(() -> {});
    }
    assertThat(batcher.queue(8)).isEmpty();
    submit(batcher.live(), 1);
    submit(batcher.live(), 2);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
    queues.get(0).whenRoom(told::incrementAndGet);
    submit(queues.get(0), 3);
    queues.get(0).whenRoom(told::incrementAndGet);
    assertThat(told).hasValue(1);
    queues.get(1).release();
    assertThat(told).hasValue(2);
    work();
    queues.get(0).cancel();
    assertThat(batcher.queue(8)).isPresent();
    assertThat(batcher.queue(8)).isPresent();
    assertThat(batcher.queue(8)).isEmpty();
  }

  @Test
  void sourceThatIsGoneIsNeverToldOfRoom() {
    limits(BatchLimits.DEFAULT.withMaxWaiting(1));
    Source queue = batcher.queue(2).orElseThrow();
    AtomicInteger told = new AtomicInteger();
    queue.whenRoom(told::incrementAndGet);
    submit(queue, 1);
    queue.whenRoom(told::incrementAndGet);
    queue.cancel();
    work();
    assertThat(told).hasValue(1);
  }

  @Test
  void queueNeverHoldsMoreThanItsCapacity() {
    Source queue = batcher.queue(2).orElseThrow();
    submit(queue, 1);
    submit(queue, 2);
    submit(queue, 3);
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
    assertThat(batcher.waiting()).isEqualTo(2);
  }

  @Test
  void rowsOfAPassAreBounded() {
    limits(new BatchLimits(100, 1 << 20, 3, Duration.ZERO));
    submit(batcher.single(), new PixelWork(lane, 1, 0, 1, 0, 1), Duration.ZERO);
    submit(batcher.single(), new PixelWork(lane, 2, 0, 1), Duration.ZERO);
    submit(batcher.single(), new PixelWork(lane, 3, 1), Duration.ZERO);
    submit(batcher.single(), new PixelWork(lane, 4, 1), Duration.ZERO);
    work();
    assertThat(backend.passes()).containsExactly(List.of(1f), List.of(2f, 3f), List.of(4f));
    assertThat(answer(3f).getPredictions(0).getIndex()).isEqualTo(1);
    assertThat(answer(2f).getPredictions(0).getIndex()).isEqualTo(0);
  }

  @Test
  void rowsOfLargeGradientsAreFewerInAPass() {
    FakeBackend large = new FakeBackend(8, new PassShape(1, 1, 1, 2, 100, 512, 512));
    Lane early = new Lane("early", () -> large);
    for (int i = 0; i < 2; i++) {
      submit(batcher.single(), new PixelWork(early, i, 0, 1), Duration.ZERO);
    }
    work();
    assertThat(large.passes()).containsExactly(List.of(0f), List.of(1f));
  }

  @Test
  void cancelledSourceIsAnsweredAndLeavesTheBatchToOthers() {
    Source cancelled = batcher.queue(4).orElseThrow();
    submit(cancelled, 1);
    submit(batcher.single(), 2);
    cancelled.cancel();
    submit(cancelled, 3);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_CANCELLED);
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_CANCELLED);
    assertThat(backend.passes()).containsExactly(List.of(2f));
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void cancelDuringThePassIsAnsweredWithoutMaps() {
    Source source = batcher.single();
    submit(source, 1);
    backend.during(source::cancel);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_CANCELLED);
  }

  @Test
  void pausedLiveSourceKeepsItsNewestFrameUntilItIsResumed() {
    Source source = batcher.live();
    submit(source, 1);
    source.pause(true);
    submit(source, 2);
    work();
    assertThat(backend.passes()).isEmpty();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_SUPERSEDED);
    source.pause(false);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void frameForAnotherLaneMovesItsSourceThere() {
    FakeBackend otherBackend = new FakeBackend(4);
    Lane other = new Lane("other", () -> otherBackend);
    Source source = batcher.live();
    submit(source, 1);
    submit(source, pixel(other, 2), Duration.ZERO);
    work();
    assertThat(backend.passes()).isEmpty();
    assertThat(otherBackend.passes()).containsExactly(List.of(2f));
  }

  @Test
  void lingerWaitsForAFullerBatch() {
    limits(BatchLimits.DEFAULT.withLinger(MS.multipliedBy(10)));
    submit(batcher.single(), 1);
    work();
    clock.advance(MS.multipliedBy(9));
    submit(batcher.single(), 2);
    work();
    assertThat(backend.passes()).isEmpty();
    clock.advance(MS);
    work();
    assertThat(backend.passes()).containsExactly(List.of(1f, 2f));
  }

  @Test
  void lingerEndsWithAFullBatch() {
    limits(BatchLimits.DEFAULT.withLinger(MS.multipliedBy(10)));
    Source queue = batcher.queue(8).orElseThrow();
    IntStream.rangeClosed(1, 5).forEach(pixel -> submit(queue, pixel));
    work();
    assertThat(backend.passes()).containsExactly(List.of(1f, 2f, 3f, 4f));
  }

  @Test
  void lingerIsCutByTheEarliestDeadline() {
    limits(BatchLimits.DEFAULT.withLinger(MS.multipliedBy(100)));
    submit(batcher.single(), 1);
    submit(batcher.single(), pixel(lane, 2), MS.multipliedBy(10));
    work();
    clock.advance(MS.multipliedBy(5).minusNanos(1));
    work();
    assertThat(backend.passes()).isEmpty();
    clock.advance(Duration.ofNanos(1));
    work();
    assertThat(backend.passes()).containsExactly(List.of(1f, 2f));
  }

  @Test
  void laneThatCannotBeOpenedFailsItsImagesAndIsTriedAgain() {
    AtomicInteger attempts = new AtomicInteger();
    Lane broken =
        new Lane(
            "broken",
            () -> {
              if (attempts.incrementAndGet() == 1) {
                throw new EngineException("no memory", new IllegalStateException());
              }
              return backend;
            });
    Source queue = batcher.queue(4).orElseThrow();
    submit(queue, pixel(broken, 1), Duration.ZERO);
    submit(queue, pixel(lane, 2), Duration.ZERO);
    submit(queue, pixel(broken, 3), Duration.ZERO);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(outcome(3)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    submit(queue, pixel(broken, 4), Duration.ZERO);
    work();
    assertThat(outcome(4)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void onlyOneWorkerOpensALaneWhileOthersServeTheOtherLanes() {
    Worker second = batcher.worker();
    submit(batcher.single(), 3);
    work();
    Lane slow =
        new Lane(
            "slow",
            () -> {
              submit(batcher.single(), 2);
              second.step();
              second.step();
              assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
              assertThat(second.step()).isFalse();
              return new FakeBackend(1);
            });
    submit(batcher.single(), pixel(slow, 1), Duration.ZERO);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void laneThatWasClosedToMakeRoomIsOpenedAgainByWhoOpensLanes() {
    Worker passes = new Worker(batcher, Duty.BATCHES);
    Worker openings = new Worker(batcher, Duty.OPENINGS);
    Lane evicted =
        new Lane(
            "evicted",
            () -> {
              backend.ready(true);
              return backend;
            });
    submit(batcher.single(), pixel(evicted, 1), Duration.ZERO);
    assertThat(openings.step()).isTrue();
    backend.ready(false);
    assertThat(passes.step()).as("a worker does not open it").isFalse();
    assertThat(openings.step()).isTrue();
    assertThat(passes.step()).isTrue();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void onlyWorkerServesOpenLanesWhileOthersAreOpened() throws Exception {
    submit(batcher.single(), 1);
    work();
    CountDownLatch served = new CountDownLatch(1);
    CountDownLatch all = new CountDownLatch(2);
    batcher.start(1);
    for (String name : List.of("cold", "colder")) {
      Lane cold =
          new Lane(
              name,
              () -> {
                assertThat(awaited(served)).as("the open lane was served meanwhile").isTrue();
                return new FakeBackend(1);
              });
      batcher
          .single()
          .submit(
              pixel(cold, 2),
              clock.getAsLong(),
              new Item.Terms(Item.NEVER, Item.NEVER),
              answer -> all.countDown());
    }
    batcher
        .single()
        .submit(
            pixel(lane, 3),
            clock.getAsLong(),
            new Item.Terms(Item.NEVER, Item.NEVER),
            answer -> served.countDown());
    assertThat(awaited(all)).isTrue();
    batcher.close();
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void whoeverFailsWhenThereIsRoomHarmsNoOther() {
    limits(BatchLimits.DEFAULT.withMaxWaiting(1));
    Source source = batcher.queue(1).orElseThrow();
    submit(source, 1);
    AtomicInteger told = new AtomicInteger();
    source.whenRoom(
        () -> {
          throw new IllegalStateException("a bug");
        });
    source.whenRoom(told::incrementAndGet);
    work();
    assertThat(told).hasValue(1);
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void closingAnswersWhatWaitsAndWhatComes() {
    Source paused = batcher.live();
    submit(paused, 1);
    paused.pause(true);
    submit(batcher.single(), 2);
    batcher.close();
    submit(batcher.single(), 3);
    assertThat(List.of(outcome(1), outcome(2), outcome(3))).containsOnly(Outcome.OUTCOME_DRAINING);
  }

  @Test
  void whoeverFailsToTakeItsAnswerHarmsNoOther() {
    batcher
        .single()
        .submit(
            pixel(lane, 1),
            clock.getAsLong(),
            new Item.Terms(Item.NEVER, Item.NEVER),
            answer -> {
              throw new IllegalStateException("gone");
            });
    submit(batcher.single(), 2);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(backend.passes()).hasSize(1);
  }
}
