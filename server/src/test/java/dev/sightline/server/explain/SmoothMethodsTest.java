package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmoothMethodsTest {
  private static final CamMethod SMOOTH = new SmoothGradCamPlusPlus();
  private static final CamMethod PLUS_PLUS = new GradCamPlusPlus();

  /** The clean evidence of a frame and the gradients at its noisy inputs. */
  private record Run(RandomEvidence clean, List<RandomEvidence> samples) {
    static Run of(int channels, int height, int width, int samples, long seed) {
      List<RandomEvidence> noisy = new ArrayList<>();
      for (int n = 0; n < samples; n++) {
        noisy.add(new RandomEvidence(channels, height, width, 1000 * seed + n + 1));
      }
      return new Run(new RandomEvidence(channels, height, width, seed), noisy);
    }

    Evidence evidence() {
      Evidence e = clean.evidence();
      Moments moments = new Moments(e.channels() * e.cells());
      for (RandomEvidence sample : samples) {
        moments.add(sample.evidence().gradient(), sample.evidence().gradientOffset());
      }
      assertThat(moments.count()).isEqualTo(samples.size());
      return e.with(moments);
    }

    double mean(int power, int k, int i, int j) {
      double sum = 0;
      for (RandomEvidence sample : samples) {
        sum += Math.pow(sample.gradient()[k][i][j], power);
      }
      return sum / samples.size();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9})
  void smoothGradCamPlusPlusIsItsEquation(int samples) {
    for (int seed = 0; seed < 10; seed++) {
      Run run = Run.of(6, 3, 4, samples, seed);
      double[][][] a = run.clean.activation();
      double[] expected = new double[12];
      for (int k = 0; k < 6; k++) {
        double weight = 0;
        for (int i = 0; i < 3; i++) {
          for (int j = 0; j < 4; j++) {
            double d2 = run.mean(2, k, i, j);
            double denominator = 2 * d2 + sum(a[k]) * run.mean(3, k, i, j);
            double alpha = denominator == 0 ? 0 : d2 / denominator;
            weight += alpha * Math.max(run.mean(1, k, i, j), 0);
          }
        }
        for (int cell = 0; cell < 12; cell++) {
          expected[cell] += weight * a[k][cell / 4][cell % 4];
        }
      }
      float[] map = SMOOTH.map(run.evidence());
      for (int cell = 0; cell < 12; cell++) {
        assertThat((double) map[cell])
            .isCloseTo(Math.max(expected[cell], 0), within(1e-5 * largest(expected)));
      }
    }
  }

  @Test
  void withoutNoisyInputsItIsGradCamPlusPlusToTheBit() {
    for (int seed = 0; seed < 20; seed++) {
      Evidence e = new RandomEvidence(16, 7, 7, seed).evidence();
      assertThat(SMOOTH.map(e)).isEqualTo(PLUS_PLUS.map(e));
      assertThat(SMOOTH.map(e.with(new Moments(16 * 49)))).isEqualTo(PLUS_PLUS.map(e));
    }
  }

  @Test
  void noisyInputsThatChangeNothingGiveGradCamPlusPlusAgain() {
    for (float scale : new float[] {1, 0x1p-60f, 0x1p60f}) {
      Evidence e = new RandomEvidence(16, 7, 7, 3).evidence();
      for (int i = 0; i < e.gradient().length; i++) {
        e.gradient()[i] *= scale;
      }
      Moments moments = new Moments(16 * 49);
      moments.add(e.gradient(), e.gradientOffset());
      moments.add(e.gradient(), e.gradientOffset());
      float[] plain = PLUS_PLUS.map(e);
      float[] smooth = SMOOTH.map(e.with(moments));
      for (int i = 0; i < plain.length; i++) {
        assertThat(smooth[i]).isCloseTo(plain[i], within(1e-6f * plain[i]));
      }
      assertThat(plain).isNotEqualTo(new float[49]);
    }
  }

  @Test
  void nanInOneSampleShows() {
    Run run = Run.of(4, 3, 3, 3, 7);
    Evidence sample = run.samples.get(1).evidence();
    sample.gradient()[sample.gradientAt(2) + 4] = Float.NaN;
    assertThat(SMOOTH.map(run.evidence())).contains(Float.NaN);
    assertThat(new SmoothGrad().map(run.evidence())[4]).isNaN();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9})
  void smoothGradIsTheStrongestChannelOfTheMeanGradient(int samples) {
    Run run = Run.of(3, 5, 4, samples, 11);
    float[] map = new SmoothGrad().map(run.evidence());
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 4; j++) {
        double largest = 0;
        for (int c = 0; c < 3; c++) {
          largest = Math.max(largest, Math.abs(run.mean(1, c, i, j)));
        }
        assertThat((double) map[i * 4 + j]).isCloseTo(largest, within(1e-7));
      }
    }
  }

  @Test
  void averagesOfAnotherSizeAreRefused() {
    Evidence e = new RandomEvidence(2, 3, 3, 1).evidence();
    assertThatThrownBy(() -> e.with(new Moments(17)))
        .hasMessage("averages of 17 gradients for evidence of 18");
    assertThatThrownBy(() -> new Moments(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Moments(4).add(new float[5], 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static double sum(double[][] values) {
    double sum = 0;
    for (double[] row : values) {
      for (double value : row) {
        sum += value;
      }
    }
    return sum;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
