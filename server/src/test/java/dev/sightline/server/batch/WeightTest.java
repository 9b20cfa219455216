package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.batch.PixelWork.PixelStage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets how many turns. A source's pixel is its name. */
class WeightTest {
  private static final int CAPACITY = 100;

  private final FakeBackend backend = new FakeBackend(4);
  private final Lane lane = new Lane("lane", () -> backend);
  private final Batcher batcher =
      new Batcher(BatchLimits.DEFAULT.withMaxWaiting(100_000), new FakeClock());
  private final Worker worker = batcher.worker();

  /** Sources that always have something to offer, and how many frames an image of theirs takes. */
  private final Map<Float, Source> busy = new LinkedHashMap<>();

  private final Map<Float, Integer> frames = new LinkedHashMap<>();

  @BeforeEach
  void open() {
    lane.open();
  }

  private Source source(int weight) {
    Source source = batcher.queue(CAPACITY).orElseThrow();
    source.weigh(weight);
    return source;
  }

  private void busy(float pixel, int weight, int framesOfImage) {
    busy.put(pixel, source(weight));
    frames.put(pixel, framesOfImage);
  }

  private void submit(Source source, float pixel, int framesOfImage) {
    PixelStage stage = new PixelStage(lane, Collections.nCopies(framesOfImage, pixel), -1);
    source.submit(
        new PixelWork(pixel, List.of(stage)),
        0,
        new Item.Terms(Item.NEVER, Item.NEVER),
        answer -> {});
  }

  /** Runs passes, before each of which everybody who is busy has images to offer. */
  private void pass(int passes) {
    for (int i = 0; i < passes; i++) {
      busy.forEach(
          (pixel, source) -> {
            for (int missing = source.waiting.size(); missing < 8; missing++) {
              submit(source, pixel, frames.getOrDefault(pixel, 1));
            }
          });
      worker.step();
    }
  }

  private long computed(float pixel, int fromPass) {
    return backend.passes().stream()
        .skip(fromPass)
        .flatMap(List::stream)
        .filter(each -> each == pixel)
        .count();
  }

  private void assertShares(int fromPass, double weightOne) {
    busy.forEach(
        (pixel, source) -> {
          double share = weightOne * source.weight();
          assertThat((double) computed(pixel, fromPass))
              .as("pixel %s of weight %d", pixel, source.weight())
              .isCloseTo(share, within(1 + 0.05 * share));
        });
  }

  @Test
  void weightsOneTwoAndFourAreServedInThatProportion() {
    busy(1, 1, 1);
    busy(2, 2, 1);
    busy(3, 4, 1);
    pass(700);
    assertShares(0, 4 * 700 / 7.0);
  }

  @Test
  void greatestWeightLeavesTheOthersTheirTurns() {
    busy(1, 1, 1);
    busy(2, 100, 1);
    pass(1010);
    assertShares(0, 4 * 1010 / 101.0);
  }

  @Test
  void framesOfImagesThatTakeSeveralAreSharedOutByWeightToo() {
    busy(1, 1, 5);
    busy(2, 2, 7);
    busy(3, 4, 16);
    busy(4, 1, 50);
    pass(800);
    assertShares(0, 4 * 800 / 8.0);
  }

  @Test
  void weightsHoldAmongImagesOfOneFrameAndOfSeveralThatShareALane() {
    busy(1, 1, 1);
    busy(2, 1, 1);
    busy(3, 2, 1);
    busy(4, 1, 90);
    busy(5, 1, 90);
    busy(6, 2, 90);
    pass(1000);
    for (List<Float> pixels : List.of(List.of(1f, 2f, 3f), List.of(4f, 5f, 6f))) {
      double ofAll = pixels.stream().mapToLong(pixel -> computed(pixel, 0)).sum();
      for (int i = 0; i < 3; i++) {
        double share = ofAll * (i == 2 ? 2 : 1) / 4;
        assertThat((double) computed(pixels.get(i), 0)).isCloseTo(share, within(0.05 * share));
      }
      assertThat(ofAll).isCloseTo(2000, within(100.0));
    }
  }

  @Test
  void whoWasAwayGetsItsShareFromThenOnAndNothingForBefore() {
    busy(1, 1, 1);
    busy(2, 1, 1);
    busy(3, 4, 1);
    pass(300);
    Source away = busy.remove(3f);
    pass(3000);
    int back = backend.passes().size();
    busy.put(3f, away);
    pass(15);
    assertThat(computed(3, back)).isBetween(40L, 48L);
    pass(285);
    assertShares(back, 4 * 300 / 6.0);
  }

  @Test
  void laneThatWaitedLongForItsModelGivesNobodyMoreThanItsShare() {
    FakeBackend otherBackend = new FakeBackend(4);
    Lane other = new Lane("other", () -> otherBackend);
    Source elsewhere = source(1);
    pass(1);
    backend.ready(false);
    busy(1, 1, 1);
    busy(2, 100, 1);
    for (int i = 0; i < 1000; i++) {
      elsewhere.submit(
          new PixelWork(other, 9, -1), 0, new Item.Terms(Item.NEVER, Item.NEVER), answer -> {});
      worker.step();
    }
    backend.ready(true);
    int open = backend.passes().size();
    pass(1010);
    assertShares(open, 4 * 1010 / 101.0);
  }

  @Test
  void whoComesForTheFirstTimeIsBehindAllHoweverHeavy() {
    List<Float> expected = new ArrayList<>();
    for (float pixel = 1; pixel <= 10; pixel++) {
      submit(source(1), pixel, 1);
      expected.add(pixel);
    }
    submit(source(100), 11, 1);
    expected.add(11f);
    pass(3);
    assertThat(backend.passes().stream().flatMap(List::stream)).isEqualTo(expected);
  }

  @Test
  void whoGoesFromLaneToLaneGainsNoTurnByIt() {
    FakeBackend otherBackend = new FakeBackend(4);
    Lane other = new Lane("other", () -> otherBackend);
    Source roaming = source(1);
    for (float pixel = 1; pixel <= 10; pixel++) {
      busy(pixel, 1, 1);
    }
    for (int i = 0; i < 600; i++) {
      if (roaming.waiting.isEmpty()) {
        submit(roaming, 99, 1);
        roaming.submit(
            new PixelWork(other, 99, -1), 0, new Item.Terms(Item.NEVER, Item.NEVER), answer -> {});
      }
      pass(1);
    }
    assertThat(computed(99, 0)).isLessThanOrEqualTo(computed(1, 0));
  }

  @Test
  void weightDoesNotMatterWhereThereIsRoomForAll() {
    Source light = source(1);
    Source heavy = source(100);
    for (int i = 0; i < 100; i++) {
      submit(heavy, 2, 1);
      submit(light, 1, 1);
      submit(heavy, 2, 1);
      submit(light, 1, 1);
      worker.step();
    }
    assertThat(computed(1, 0)).isEqualTo(200);
    assertThat(computed(2, 0)).isEqualTo(200);
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void amongEqualsTheOrderIsThatOfTheirLastService() {
    Random random = new Random(5);
    List<Float> longestUnserved = new ArrayList<>();
    Map<Float, Source> sources = new LinkedHashMap<>();
    for (float pixel = 1; pixel <= 30; pixel++) {
      sources.put(pixel, source(1));
    }
    for (int round = 0; round < 500; round++) {
      for (Map.Entry<Float, Source> entry : sources.entrySet()) {
        if (random.nextInt(6) == 0) {
          submit(entry.getValue(), entry.getKey(), 1);
          if (!longestUnserved.contains(entry.getKey())) {
            longestUnserved.add(entry.getKey());
          }
        }
      }
      List<Float> expected = new ArrayList<>();
      Map<Float, Integer> left = new LinkedHashMap<>();
      sources.forEach((pixel, source) -> left.put(pixel, source.waiting.size()));
      for (int i = 0; i < 4; i++) {
        longestUnserved.stream()
            .filter(pixel -> left.getOrDefault(pixel, 0) > 0)
            .findFirst()
            .ifPresent(
                pixel -> {
                  expected.add(pixel);
                  left.merge(pixel, -1, Integer::sum);
                  longestUnserved.remove(pixel);
                  longestUnserved.add(pixel);
                });
      }
      if (worker.step() && !expected.isEmpty()) {
        assertThat(backend.passes().get(backend.passes().size() - 1)).isEqualTo(expected);
      }
    }
  }
}
