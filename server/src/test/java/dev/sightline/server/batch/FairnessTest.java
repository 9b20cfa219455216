package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many cameras at a predictor that is too slow for them, simulated millisecond by millisecond. */
class FairnessTest {
  private static final int STREAMS = 200;
  private static final int PERIOD = 200;
  private static final Duration MAX_AGE = Duration.ofMillis(100);

  /** A frame of a live stream that is never stale waits until it is served or replaced. */
  private Duration maxAge = MAX_AGE;

  private final int[] weights = new int[STREAMS];

  private int millis = 60_000;
  private int passMillis = 40;
  private final FakeClock clock = new FakeClock();
  private final FakeBackend backend = new FakeBackend(8);
  private final Lane lane = new Lane("model/layer", () -> backend);
  private final int[] served = new int[STREAMS];
  private final List<Long> ages = new ArrayList<>();
  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
  private int sent;
  private int answered;
  private int stale;

  @BeforeEach
  void weighAlike() {
    Arrays.fill(weights, 1);
  }

  /** 200 cameras want 1000 frames a second, a pass of 8 takes 40 ms: five times the capacity. */
  private void simulate(int everyOfFirst) {
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
    Worker worker = batcher.worker();
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      Source source = batcher.live();
      source.weigh(weights[i]);
      sources.add(source);
    }
    Arrays.fill(served, 0);
    int busyUntil = 0;
    for (int now = 0; now < millis; now++) {
      for (int i = 0; i < STREAMS; i++) {
        int every = i == 0 ? everyOfFirst : PERIOD;
        if ((now + i) % every == 0) {
          submit(sources.get(i), i);
        }
      }
      if (now >= busyUntil) {
        boolean[] passed = new boolean[1];
        int until = now + passMillis;
        backend.during(
            () -> {
              passed[0] = true;
              clock.advance(Duration.ofMillis(passMillis));
            });
        worker.step();
        if (passed[0]) {
          clock.advance(Duration.ofMillis(-passMillis));
          busyUntil = until;
        }
      }
      clock.advance(Duration.ofMillis(1));
    }
    batcher.close();
  }

  private void submit(Source source, int stream) {
    long arrival = clock.getAsLong();
    sent++;
    source.submit(
        new PixelWork(lane, stream + 1, -1),
        arrival,
        new Item.Terms(maxAge.toNanos(), Item.NEVER),
        answer -> answered(stream, answer, clock.getAsLong() - arrival));
  }

  private void answered(int stream, Explanation.Builder answer, long age) {
    answered++;
    outcomes.merge(answer.getOutcome(), 1, Integer::sum);
    ages.add(age);
    stale += answer.getOutcome() == Outcome.OUTCOME_STALE ? 1 : 0;
    served[stream] += answer.getOutcome() == Outcome.OUTCOME_EXPLAINED ? 1 : 0;
  }

  @Test
  void camerasAreServedAlikeAndNoAnswerIsOlderThanTheMaximumAgeAndOneBatch() {
    simulate(PERIOD);
    assertThat(answered).isEqualTo(sent);
    double mean = Arrays.stream(served).average().orElseThrow();
    assertThat(mean).isGreaterThan(8.0 * millis / passMillis / STREAMS * 0.95);
    for (int count : served) {
      assertThat((double) count).isCloseTo(mean, within(mean * 0.1));
    }
    long bound = MAX_AGE.plusMillis(passMillis).toNanos();
    assertThat(ages).allMatch(age -> age <= bound);
    assertThat(stale).isPositive();
  }

  @Test
  @Tag("soak")
  void camerasAreServedAlikeForHalfAnHour() {
    millis *= 30;
    camerasAreServedAlikeAndNoAnswerIsOlderThanTheMaximumAgeAndOneBatch();
  }

  @Test
  void predictorThatIsTenTimesTooSlowMakesNoAnswerOlderThanTheMaximumAgeAndOneBatch() {
    passMillis = 80;
    simulate(PERIOD);
    assertThat(answered).isEqualTo(sent);
    ages.sort(null);
    long p99 = ages.get((int) (0.99 * ages.size()));
    assertThat(p99).isLessThanOrEqualTo(MAX_AGE.plusMillis(passMillis).toNanos());
    assertThat(Arrays.stream(served).sum())
        .as("the predictor is as busy as it can be")
        .isGreaterThan((int) (0.95 * 8 * millis / passMillis));
    assertThat(sent).isEqualTo(STREAMS * millis / PERIOD);
    assertThat(outcomes.keySet())
        .contains(Outcome.OUTCOME_EXPLAINED, Outcome.OUTCOME_STALE)
        .doesNotContain(Outcome.OUTCOME_OVERLOADED, Outcome.OUTCOME_INTERNAL);
  }

  @Test
  void cameraAtAHundredFramesASecondCostsTheOthersNothing() {
    simulate(PERIOD);
    int[] before = served.clone();
    simulate(10);
    assertThat(answered).isEqualTo(sent);
    for (int i = 1; i < STREAMS; i++) {
      assertThat((double) served[i]).isCloseTo(before[i], within(before[i] * 0.05 + 1));
    }
    assertThat(served[0]).isLessThanOrEqualTo(before[0] + 2 + before[0] / 20);
  }

  @Test
  void heavierCamerasAreServedInProportionAndTheOthersAlike() {
    weights[7] = 2;
    weights[20] = 2;
    weights[100] = 4;
    maxAge = Duration.ofSeconds(10);
    simulate(PERIOD);
    assertThat(answered).isEqualTo(sent);
    double ofWeightOne =
        IntStream.range(0, STREAMS)
            .filter(i -> weights[i] == 1)
            .map(i -> served[i])
            .average()
            .orElseThrow();
    for (int i = 0; i < STREAMS; i++) {
      double share = ofWeightOne * weights[i];
      assertThat((double) served[i])
          .as("camera %d of weight %d", i, weights[i])
          .isCloseTo(share, within(share * (weights[i] == 1 ? 0.1 : 0.05)));
    }
  }
}
