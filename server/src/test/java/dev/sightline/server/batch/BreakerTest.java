package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.PixelWork.PixelStage;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private static final Reason UNAVAILABLE = Reason.REASON_MODEL_UNAVAILABLE;
  private static final int MINIMUM = 4;
  private static final int FAILS = 1_000_000;
  private static final Duration WAIT = BreakerLimits.DEFAULT.rest();

  private final FakeClock clock = new FakeClock();
  private final Breaker breaker = new Breaker("pixel", BreakerLimits.DEFAULT, clock);
  private final FakeBackend backend = new FakeBackend(4);
  private final FakeBackend head = new FakeBackend(4);
  private final Lane lane = new Lane("pixel/last", () -> backend, breaker);
  private final Lane headLane = new Lane("pixel/head", () -> head, breaker);
  private final FakeBackend otherBackend = new FakeBackend(4);
  private final Breaker otherBreaker = new Breaker("other", BreakerLimits.DEFAULT, clock);
  private final Lane other = new Lane("other", () -> otherBackend, otherBreaker);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
  private final Worker worker = batcher.worker();
  private final Map<Float, Explanation> answers = new LinkedHashMap<>();

  private void submit(Source source, PixelWork work) {
    float pixel = work.pixel();
    source.submit(
        work,
        clock.getAsLong(),
        new Item.Terms(Item.NEVER, Item.NEVER),
        answer -> assertThat(answers.put(pixel, answer.build())).as("second answer").isNull());
  }

  private void submit(Lane to, float pixel) {
    submit(batcher.single(), new PixelWork(to, pixel, -1));
  }

  private void work() {
    while (worker.step()) {}
  }

  private Explanation answer(float pixel) {
    return answers.getOrDefault(pixel, Explanation.getDefaultInstance());
  }

  private Outcome outcome(float pixel) {
    return answer(pixel).getOutcome();
  }

  private Reason reason(float pixel) {
    return answer(pixel).getProblem().getReason();
  }

  private void open() {
    backend.failNext(FAILS);
    for (int i = 0; i < MINIMUM; i++) {
      submit(lane, 1000 + i);
      work();
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
  }

  @Test
  void engineThatFailsOpensItAndImagesAreRefusedAtOnceWithoutAPass() {
    open();
    assertThat(answers.values())
        .extracting(answer -> answer.getProblem().getReason())
        .containsOnly(Reason.REASON_INTERNAL);
    int passes = backend.passes().size();
    clock.advance(Duration.ofSeconds(1));
    submit(lane, 1);
    submit(headLane, 2);
    assertThat(reason(1)).as("answered by the time it is submitted").isEqualTo(UNAVAILABLE);
    assertThat(reason(2)).isEqualTo(UNAVAILABLE);
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(answer(1).getProblem().getMetadataMap())
        .containsEntry("model", "pixel")
        .containsEntry("retry_after_ms", "4000");
    work();
    assertThat(backend.passes()).hasSize(passes);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void whatWaitsIsRefusedWhenItOpensThoughItsSourceIsPausedOrItsImageHalfDone() {
    Source begun = batcher.queue(3).orElseThrow();
    submit(
        begun,
        new PixelWork(
            1,
            List.of(
                new PixelStage(headLane, List.of(1f)),
                new PixelStage(headLane, List.of(1f, 2f, 3f, 4f, 5f)))));
    worker.step();
    worker.step();
    worker.step();
    begun.pause(true);
    Source paused = batcher.live();
    paused.pause(true);
    submit(paused, new PixelWork(lane, 2, -1));
    assertThat(answers).isEmpty();
    open();
    assertThat(reason(1)).isEqualTo(UNAVAILABLE);
    assertThat(reason(2)).isEqualTo(UNAVAILABLE);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void imageThatGoesOnToItsNextStageIsRefusedThere() {
    submit(
        batcher.single(),
        new PixelWork(
            1,
            List.of(new PixelStage(headLane, List.of(1f)), new PixelStage(headLane, List.of(2f)))));
    worker.step();
    head.during(this::open);
    worker.step();
    assertThat(reason(1)).isEqualTo(UNAVAILABLE);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void batchThatIsTriedAndPassesClosesItAndServesWhoCameMeanwhile() {
    open();
    clock.advance(WAIT.plusMillis(1));
    backend.failNext(0);
    Worker second = batcher.worker();
    backend.during(
        () -> {
          backend.during(() -> {});
          assertThat(breaker.state()).isEqualTo(Breaker.State.HALF_OPEN);
          submit(lane, 2);
          assertThat(second.step()).as("only one batch is tried").isFalse();
          assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_UNSPECIFIED);
        });
    submit(lane, 1);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void batchThatIsTriedAndFailsIsNotSplitAndOpensItAgain() {
    open();
    clock.advance(WAIT.plusMillis(1));
    int passes = backend.passes().size();
    for (int pixel = 1; pixel <= 4; pixel++) {
      submit(lane, pixel);
    }
    backend.during(
        () -> {
          backend.during(() -> {});
          submit(lane, 5);
        });
    worker.step();
    assertThat(backend.passes().subList(passes, backend.passes().size()))
        .containsExactly(List.of(1f, 2f, 3f, 4f), List.of(0f));
    assertThat(reason(4)).isEqualTo(Reason.REASON_INTERNAL);
    assertThat(reason(5)).isEqualTo(UNAVAILABLE);
    assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
    submit(lane, 6);
    assertThat(reason(6)).isEqualTo(UNAVAILABLE);
  }

  @Test
  void batchOfBadImagesAloneIsNoTrial() {
    open();
    clock.advance(WAIT.plusMillis(1));
    backend.failNext(0);
    submit(lane, PixelWork.UNREADABLE);
    work();
    assertThat(outcome(PixelWork.UNREADABLE)).isEqualTo(Outcome.OUTCOME_INVALID_IMAGE);
    assertThat(breaker.state()).isEqualTo(Breaker.State.HALF_OPEN);
    submit(lane, 1);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void otherModelsAreServedAsEver() {
    open();
    submit(other, 1);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(otherBreaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void noImageOpensItHoweverBad() {
    for (int i = 0; i < 50; i++) {
      answers.clear();
      submit(lane, FakeBackend.POISON);
      if (i % 2 == 0) {
        submit(lane, PixelWork.UNREADABLE);
      }
      work();
      assertThat(reason(FakeBackend.POISON)).isEqualTo(Reason.REASON_INTERNAL);
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
    submit(lane, 1);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void fewFailuresAmongManySuccessesDoNotOpenIt() {
    for (int i = 0; i < 100; i++) {
      backend.failNext(i % 4 == 3 ? FAILS : 0);
      submit(lane, i + 1);
      work();
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }
}
