package dev.sightline.server.model.expansion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SplitTest {
  @Test
  void everyPhotographIsEitherHeldOutOrLearntFromOnceARound() {
    Split split = new Split(20, 0.15, 3);
    assertThat(split.heldOut()).isEqualTo(3);
    assertThat(split.learnt()).isEqualTo(17);
    List<Integer> heldOut = List.of(split.heldOut(0), split.heldOut(1), split.heldOut(2));
    List<List<Integer>> rounds = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      List<Integer> learnt = new ArrayList<>();
      for (int i = 0; i < 17; i++) {
        learnt.add(split.learnt(17L * round + i));
      }
      assertThat(learnt).doesNotHaveDuplicates().doesNotContainAnyElementsOf(heldOut);
      rounds.add(learnt);
    }
    assertThat(rounds).as("each in another order").doesNotHaveDuplicates();
  }

  @Test
  void whatIsDrawnDependsOnSeedAndNumberAlone() {
    Split split = new Split(10, 0.2, 5);
    List<Integer> forwards = new ArrayList<>();
    List<Augmentation> altered = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      forwards.add(split.learnt(i));
      altered.add(split.augmentation(i));
    }
    assertThat(altered)
        .as("hardly any two alike")
        .satisfies(all -> assertThat(all.stream().distinct().count()).isGreaterThan(30));
    Split again = new Split(10, 0.2, 5);
    for (int i = 39; i >= 0; i--) {
      assertThat(again.learnt(i)).isEqualTo(forwards.get(i));
      assertThat(again.augmentation(i)).isEqualTo(altered.get(i));
    }
    assertThat(new Split(10, 0.2, 6).augmentation(3)).isNotEqualTo(altered.get(3));
  }

  @Test
  void oneIsHeldOutAndOneLearntFromWhateverTheShare() {
    assertThat(new Split(8, 0.01, 1).heldOut()).isEqualTo(1);
    assertThat(new Split(8, 0.99, 1).learnt()).isEqualTo(1);
  }
}
