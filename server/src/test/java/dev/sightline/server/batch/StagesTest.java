package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.PixelWork.PixelStage;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Prediction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Images that take several frames, in several lanes. */
class StagesTest {
  private final FakeClock clock = new FakeClock();
  private final FakeBackend backend = new FakeBackend(4);
  private final FakeBackend otherBackend = new FakeBackend(4);
  private final Lane lane = new Lane("lane", () -> backend);
  private final Lane other = new Lane("other", () -> otherBackend);
  private final Map<Float, Explanation> answers = new LinkedHashMap<>();
  private final List<String> progress = new ArrayList<>();
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT.withMaxWaiting(3), clock);
  private final Worker worker = batcher.worker();

  private void submit(Source source, PixelWork work) {
    submit(source, work, Item.NEVER);
  }

  private void submit(Source source, PixelWork work, long maxAge) {
    source.submit(
        work,
        clock.getAsLong(),
        new Item.Terms(maxAge, Duration.ofMillis(1).toNanos()),
        new Receiver() {
          @Override
          public void answer(Explanation.Builder answer) {
            assertThat(answers.put(work.pixel(), answer.build())).as("second answer").isNull();
          }

          @Override
          public void progress(int done, int total) {
            progress.add(work.pixel() + ": " + done + "/" + total);
          }
        });
  }

  private PixelWork single(float pixel) {
    return new PixelWork(lane, pixel, -1);
  }

  /** One frame of the pixel in the lane, then a number of frames from 10 times the pixel on. */
  private PixelWork several(float pixel, Lane second, int frames) {
    List<Float> more = IntStream.range(0, frames).mapToObj(i -> 10 * pixel + i).toList();
    return new PixelWork(
        pixel, List.of(new PixelStage(lane, List.of(pixel), -1), new PixelStage(second, more)));
  }

  private void work() {
    while (worker.step()) {}
  }

  private Outcome outcome(float pixel) {
    return answer(pixel).getOutcome();
  }

  private Explanation answer(float pixel) {
    return answers.getOrDefault(pixel, Explanation.getDefaultInstance());
  }

  @Test
  void framesOfAStageFillBatchesAndComeBackInTheirOrder() {
    submit(batcher.single(), several(1, other, 6));
    work();
    assertThat(backend.passes()).containsExactly(List.of(1f));
    assertThat(otherBackend.passes())
        .containsExactly(List.of(10f, 11f, 12f, 13f), List.of(14f, 15f));
    assertThat(answer(1).getPredictionsList())
        .extracting(Prediction::getLogit)
        .containsExactly(1f, 10f, 11f, 12f, 13f, 14f, 15f);
    assertThat(answer(1).getTiming().getFrames()).isEqualTo(7);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void imageOfManyFramesDelaysOthersByOneOfItsPassesAndIsInNoneOfTheirs() {
    submit(batcher.single(), several(1, lane, 12));
    worker.step();
    worker.step();
    submit(batcher.single(), single(2));
    submit(batcher.single(), single(3));
    work();
    assertThat(backend.passes())
        .containsExactly(
            List.of(1f),
            List.of(10f, 11f, 12f, 13f),
            List.of(2f, 3f),
            List.of(14f, 15f, 16f, 17f),
            List.of(18f, 19f, 20f, 21f));
    assertThat(answers.keySet()).containsExactly(2f, 3f, 1f);
  }

  @Test
  void imagesOfManyFramesShareTheirBatches() {
    submit(batcher.single(), several(1, other, 2));
    submit(batcher.single(), several(2, other, 2));
    work();
    assertThat(backend.passes()).containsExactly(List.of(1f, 2f));
    assertThat(otherBackend.passes()).hasSize(1);
  }

  @Test
  void nextImageOfTheSourceBeginsWhenTheOneBegunIsAnswered() {
    Source source = batcher.queue(3).orElseThrow();
    submit(source, several(1, other, 2));
    submit(source, single(2));
    work();
    assertThat(answers.keySet()).containsExactly(1f, 2f);
    assertThat(backend.passes()).containsExactly(List.of(1f), List.of(2f));
  }

  @Test
  void imageThatIsBegunIsNeitherReplacedNorStaleAndCountsAsWaiting() {
    Source live = batcher.live();
    submit(live, several(1, other, 2), 100);
    worker.step();
    worker.step();
    clock.advance(Duration.ofNanos(1000));
    submit(live, single(2));
    submit(live, single(3));
    assertThat(batcher.waiting()).isEqualTo(2);
    submit(batcher.single(), single(4));
    submit(batcher.single(), single(5));
    assertThat(outcome(5)).isEqualTo(Outcome.OUTCOME_OVERLOADED);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_SUPERSEDED);
    assertThat(List.of(outcome(1), outcome(3), outcome(4))).containsOnly(Outcome.OUTCOME_EXPLAINED);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void frameThatFailsFailsItsImageOnceAndNoOther() {
    submit(
        batcher.single(),
        new PixelWork(
            1, List.of(new PixelStage(lane, List.of(1f, FakeBackend.POISON, 3f, 4f, 5f, 6f)))));
    submit(batcher.single(), single(2));
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void framesOfAnImageThatHasFailedAreNotTriedAgain() {
    float poison = FakeBackend.POISON;
    submit(
        batcher.single(),
        new PixelWork(1, List.of(new PixelStage(lane, List.of(poison, poison, poison, poison)))));
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(backend.passes()).extracting(List::size).containsExactly(4, 2, 1);
  }

  @Test
  void frameThatCannotBeMadeFailsItsImageOnceAndItsSourceGoesOn() {
    Source source = batcher.queue(3).orElseThrow();
    submit(
        source,
        new PixelWork(
            1,
            List.of(
                new PixelStage(
                    lane, List.of(PixelWork.UNREADABLE, 8f, PixelWork.BUG_IN_PREPARE, 9f)))));
    submit(source, single(2));
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_INVALID_IMAGE);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void laneThatCannotBeOpenedFailsWhatWasBegunElsewhere() {
    Lane broken =
        new Lane(
            "broken",
            () -> {
              throw new IllegalStateException("no room");
            });
    submit(batcher.single(), several(1, broken, 2));
    submit(batcher.single(), single(2));
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_INTERNAL);
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void cancelAnswersWhatIsBegunAtOnceAlsoDuringItsPass() {
    Source between = batcher.single();
    submit(between, several(1, other, 8));
    worker.step();
    worker.step();
    between.cancel();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_CANCELLED);
    Source during = batcher.single();
    submit(during, several(2, other, 8));
    otherBackend.during(during::cancel);
    work();
    assertThat(outcome(2)).isEqualTo(Outcome.OUTCOME_CANCELLED);
    assertThat(otherBackend.passes()).hasSize(1);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void closingAnswersWhatIsBegunWithDraining() {
    submit(batcher.single(), several(1, other, 8));
    worker.step();
    worker.step();
    batcher.close();
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_DRAINING);
  }

  @Test
  void pausedSourceKeepsItsFramesOutOfBatches() {
    Source source = batcher.queue(3).orElseThrow();
    submit(source, several(1, other, 2));
    worker.step();
    worker.step();
    source.pause(true);
    work();
    assertThat(otherBackend.passes()).isEmpty();
    source.pause(false);
    work();
    assertThat(outcome(1)).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void progressIsToldNoMoreOftenThanAskedFor() {
    submit(batcher.single(), several(1, other, 12));
    otherBackend.during(() -> clock.advance(Duration.ofNanos(600_000)));
    work();
    assertThat(progress).containsExactly("1.0: 9/13");
  }

  @Test
  void framesOfOneImageMayBeInTwoPassesAtOnce() {
    submit(batcher.single(), several(1, other, 8));
    worker.step();
    worker.step();
    worker.step();
    Worker second = batcher.worker();
    otherBackend.during(
        () -> {
          otherBackend.during(() -> {});
          assertThat(second.step()).isTrue();
          assertThat(answers).isEmpty();
        });
    work();
    assertThat(answer(1).getPredictionsList())
        .extracting(Prediction::getLogit)
        .containsExactly(1f, 10f, 11f, 12f, 13f, 14f, 15f, 16f, 17f);
  }
}
