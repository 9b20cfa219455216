package dev.sightline.server.explain.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MeasuresTest {

  @Test
  void dropIsAShareOfTheProbabilityAndARiseIsNoDrop() {
    assertThat(Confidence.dropPercent(0.8, 0.2)).isCloseTo(75, within(1e-12));
    assertThat(Confidence.dropPercent(0.5, 0.6)).isZero();
    assertThat(Confidence.increasePercent(0.5, 0.6)).isEqualTo(100);
    assertThat(Confidence.increasePercent(0.5, 0.5)).as("equal is no rise").isZero();
    assertThatThrownBy(() -> Confidence.dropPercent(0, 0.5)).hasMessageContaining("0.0");
  }

  @Test
  void adccIsAHarmonicMean() {
    Plane map = new Plane(1, 4, new float[] {0, 0, 0.5f, 1});
    Adcc same = Adcc.of(map, map, 0.8, 0.6);
    assertThat(same.drop()).isCloseTo(0.25, within(1e-12));
    assertThat(same.coherency()).isCloseTo(1, within(1e-12));
    assertThat(same.complexity()).isEqualTo(0.375);
    assertThat(same.value()).isCloseTo(3 / (1 + 1 / 0.625 + 1 / 0.75), within(1e-12));
    Adcc opposite = Adcc.of(map, new Plane(1, 4, new float[] {1, 1, 0.5f, 0}), 0.8, 0.6);
    assertThat(opposite.coherency()).isCloseTo(0, within(1e-12));
    Adcc unknown = Adcc.of(map, new Plane(1, 4, new float[4]), 0.8, 0.9);
    assertThat(unknown.coherency()).as("of a constant map").isEqualTo(0.5);
    assertThat(unknown.drop()).isZero();
    assertThat(new Adcc(1, 1, 0).value()).isZero();
  }

  @Test
  void curvesAreMeasuredByTrapezoids() {
    assertThat(Curve.area(new double[] {0, 1})).isEqualTo(0.5);
    assertThat(Curve.area(new double[] {1, 0.5, 0})).isEqualTo(0.5);
    assertThat(Curve.area(new double[] {0.2, 0.8, 1})).isCloseTo(0.7, within(1e-12));
    assertThat(IntStream.rangeClosed(0, 4).map(step -> Curve.pixels(step, 4, 10)))
        .containsExactly(0, 3, 5, 8, 10);
    assertThatThrownBy(() -> Curve.area(new double[1])).hasMessageContaining("1 points");
  }

  @Test
  void mostRelevantPixelsAreKeptFirst() {
    Ranking ranking = Ranking.of(new Plane(2, 2, new float[] {-1, 3, -0.5f, 2}), 1);
    assertThat(ranking.mostRelevant(2)).containsExactly(0, 1, 0, 1);
    assertThat(ranking.mostRelevant(3)).containsExactly(0, 1, 1, 1);
    assertThat(ranking.leastRelevant(1)).containsExactly(1, 0, 0, 0);
    assertThat(ranking.mostRelevant(0)).containsOnly(0);
    assertThat(ranking.mostRelevant(4)).containsOnly(1);
    assertThat(ranking.count(0.5)).isEqualTo(2);
  }

  @Test
  void equalPixelsAreDrawnFromAllOverTheImage() {
    float[] values = new float[10_000];
    values[9_999] = 1;
    values[0] = -0f;
    Ranking ranking = Ranking.of(new Plane(100, 100, values), 5);
    float[] half = ranking.mostRelevant(5_000);
    assertThat(half[9_999]).isEqualTo(1);
    int upper = 0;
    for (int i = 0; i < 5_000; i++) {
      upper += (int) half[i];
    }
    // Standard deviation 25.
    assertThat(upper).isBetween(2_380, 2_620);
    assertThat(Ranking.of(new Plane(100, 100, values), 5).mostRelevant(5_000)).isEqualTo(half);
    assertThat(Ranking.of(new Plane(100, 100, values), 6).mostRelevant(5_000)).isNotEqualTo(half);
  }

  @Test
  void correlationsAreThoseOfTheTextbook() {
    float[] a = {1, 2, 3, 4, 5};
    float[] b = {2, 1, 4, 3, 5};
    assertThat(Correlation.pearson(a, b)).isCloseTo(0.8, within(1e-12));
    assertThat(Correlation.spearman(a, b)).isCloseTo(0.8, within(1e-12));
    float[] cubes = {1, 8, 27, 64, 125};
    assertThat(Correlation.spearman(a, cubes)).isCloseTo(1, within(1e-12));
    assertThat(Correlation.pearson(a, cubes)).isLessThan(0.96);
    // Ranks 0.5 0.5 2 3 and 3 2 0.5 0.5: covariance -4, variances 4.5.
    assertThat(Correlation.spearman(new float[] {1, 1, 7, 9}, new float[] {5, 4, 1, 1}))
        .isCloseTo(-4 / 4.5, within(1e-12));
    assertThat(Correlation.pearson(a, new float[5])).isNaN();
    assertThatThrownBy(() -> Correlation.pearson(a, new float[4])).hasMessageContaining("5 and 4");
  }

  @Test
  void intervalCoversTheMeanAsOftenAsItPromises() {
    Random random = new Random(1);
    int covered = 0;
    for (int round = 0; round < 200; round++) {
      double[] values = random.doubles(40).toArray();
      Interval interval = Interval.ofMean(values, round).orElseThrow();
      covered += interval.low() < 0.5 && 0.5 < interval.high() ? 1 : 0;
    }
    assertThat(covered).isBetween(178, 199);
    double[] known = random.doubles(400).toArray();
    Interval interval = Interval.ofMean(known, 7).orElseThrow();
    double mean = Arrays.stream(known).average().orElseThrow();
    // 1.96 standard errors: 1.96 * sqrt(1/12) / 20 = 0.0283.
    assertThat(interval.high() - mean).isCloseTo(0.0283, within(0.004));
    assertThat(mean - interval.low()).isCloseTo(0.0283, within(0.004));
    assertThat(Interval.ofMean(known, 7)).contains(interval);
    assertThat(Interval.ofMean(new double[] {1, 2, 3, 4}, 7)).as("too few").isEmpty();
    assertThat(Interval.ofMean(new double[19], 7)).as("0 of 19 is no certainty").isEmpty();
  }
}
