package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class PassTimesTest {
  private static final int MAX = 8;

  private final PassTimes times = new PassTimes(MAX);

  @Test
  void nothingIsKnownAtFirst() {
    for (int i = 0; i < 1000; i++) {
      assertThat(times.worthwhile()).isEqualTo(MAX);
      times.took(4, 1);
      times.took(MAX, 0);
    }
  }

  @Test
  void framesThatCostTheSameInAnyPassDoNotWaitForEachOther() {
    assertThat(mostUsed(frames -> 5_000_000L * frames)).isEqualTo(1);
    // What a pass costs by itself, a fiftieth of a frame's time, is not worth waiting for.
    assertThat(mostUsed(frames -> 100_000L + 5_000_000L * frames)).isEqualTo(1);
  }

  @Test
  void passesThatTakeLongWhateverIsInThemAreFull() {
    assertThat(mostUsed(frames -> 5_000_000L)).isEqualTo(8);
    assertThat(mostUsed(frames -> 2_000_000L + 1_000_000L * frames)).isEqualTo(8);
  }

  @Test
  void whatIsCheapestInBetweenIsTaken() {
    assertThat(mostUsed(frames -> frames == 8 ? 9_000_000L : 2_000_000L + 500_000L * frames))
        .isEqualTo(4);
  }

  @Test
  void otherSizesAreTriedNowAndThen() {
    mostUsed(frames -> 5_000_000L * frames);
    Map<Integer, Integer> used = used(frames -> 5_000_000L * frames, 3200);
    assertThat(used.keySet()).containsExactly(1, 2, 4, 8);
    assertThat(used.get(1)).isGreaterThan(3090);
  }

  @Test
  void aLoadThatChangesIsLearntAnew() {
    assertThat(mostUsed(frames -> 5_000_000L * frames)).isEqualTo(1);
    used(frames -> 5_000_000L, 10_000);
    assertThat(mostUsed(frames -> 5_000_000L)).isEqualTo(8);
  }

  @Test
  void aMachineThatIsBusyForAWhileChangesNothing() {
    assertThat(mostUsed(frames -> 5_000_000L * frames)).isEqualTo(1);
    for (int i = 0; i < 20; i++) {
      long speed = i % 2 == 0 ? 9_000_000L : 4_000_000L;
      assertThat(used(frames -> speed * frames, 50).getOrDefault(1, 0)).isGreaterThan(40);
    }
  }

  @Test
  void oneFrameIsOneFrame() {
    PassTimes single = new PassTimes(1);
    for (int i = 0; i < 100; i++) {
      assertThat(single.worthwhile()).isEqualTo(1);
      single.took(1, 1000);
    }
  }

  private int mostUsed(IntToLongFunction nanos) {
    used(nanos, 500);
    return used(nanos, 100).entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .orElseThrow()
        .getKey();
  }

  /** The sizes of that many batches, of which each was as large as it should be. */
  private Map<Integer, Integer> used(IntToLongFunction nanos, int batches) {
    Map<Integer, Integer> used = new TreeMap<>();
    for (int i = 0; i < batches; i++) {
      int frames = times.worthwhile();
      used.merge(frames, 1, Integer::sum);
      times.took(frames, nanos.applyAsLong(frames));
    }
    return used;
  }
}
