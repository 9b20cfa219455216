package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.model.Labels;
import dev.sightline.v1.Prediction;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogitsTest {
  private static List<Prediction> top(int count, float... logits) {
    return new Logits(logits, 0, logits.length).predictions(count, Labels.numbered(logits.length));
  }

  @Test
  void probabilitiesAreTheSoftmaxOfAllLogits() {
    Random random = new Random(1);
    float[] logits = new float[1000];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian() * 5;
      sum += Math.exp(logits[i]);
    }
    List<Prediction> all = top(1000, logits);
    float before = Float.POSITIVE_INFINITY;
    double total = 0;
    for (Prediction prediction : all) {
      assertThat(prediction.getLogit()).isLessThanOrEqualTo(before);
      assertThat(prediction.getLogit()).isEqualTo(logits[prediction.getIndex()]);
      assertThat((double) prediction.getProbability())
          .isCloseTo(Math.exp(prediction.getLogit()) / sum, within(1e-7));
      before = prediction.getLogit();
      total += prediction.getProbability();
    }
    assertThat(total).isCloseTo(1, within(1e-5));
    assertThat(top(5, logits)).isEqualTo(all.subList(0, 5));
  }

  @Test
  void lowerIndexComesFirstAmongEquals() {
    assertThat(top(3, 1, 2, 2, 0, 2)).extracting(Prediction::getIndex).containsExactly(1, 2, 4);
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    assertThat(top(1, 3e38f, -3e38f).get(0).getProbability()).isEqualTo(1);
  }

  @Test
  void notANumberCountsAsTheSmallestAndSpoilsNoProbability() {
    List<Prediction> predictions = top(3, Float.NaN, 1, Float.POSITIVE_INFINITY);
    assertThat(predictions).extracting(Prediction::getIndex).containsExactly(2, 1, 0);
    assertThat(predictions).extracting(Prediction::getProbability).containsExactly(1f, 0f, 0f);
  }

  @Test
  void rowsNameClassesByIndexOrByRank() {
    Logits logits = new Logits(new float[] {9, 9, 1, 4, 3, 4}, 2, 4);
    assertThat(logits.chosen(new int[] {2, -1, -2, -4, 0})).containsExactly(2, 1, 3, 0, 0);
    assertThat(logits.copy().logit(3)).isEqualTo(4);
  }
}
