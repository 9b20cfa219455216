package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NoiseTest {
  private static final int SIZE = 30_000;

  /** From −1 to 3, most of it 1. */
  private static float[] input() {
    float[] input = new float[SIZE];
    Arrays.fill(input, 1);
    input[0] = -1;
    input[1] = 3;
    return input;
  }

  private static float[] sample(Noise noise, int n) {
    float[] noisy = new float[SIZE];
    noise.write(input(), n, FloatBuffer.wrap(noisy), 0);
    return noisy;
  }

  private static double mean(float[] a, float[] b) {
    return IntStream.range(0, SIZE).mapToDouble(i -> (a[i] - 1.0) * (b[i] - 1.0)).sum() / SIZE;
  }

  @Test
  void deviatesByTheGivenFractionOfTheInputsRange() {
    float[] noisy = sample(new Noise(0.15, 7), 0);
    assertThat(IntStream.range(0, SIZE).mapToDouble(i -> noisy[i] - 1).sum() / SIZE)
        .isCloseTo(0, within(0.02));
    assertThat(Math.sqrt(mean(noisy, noisy))).isCloseTo(0.15 * 4, within(0.015));
    // A normal distribution has 4.55 % of its values beyond two standard deviations.
    assertThat(IntStream.range(0, SIZE).filter(i -> Math.abs(noisy[i] - 1) > 1.2).count())
        .isBetween((long) (0.040 * SIZE), (long) (0.051 * SIZE));
  }

  @Test
  void samplesAndSeedsAreIndependent() {
    List<float[]> samples =
        List.of(
            sample(new Noise(0.15, 7), 0),
            sample(new Noise(0.15, 7), 1),
            sample(new Noise(0.15, 8), 0),
            sample(new Noise(0.15, 8), 1),
            sample(new Noise(0.15, 0), 7));
    for (int i = 0; i < samples.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertThat(mean(samples.get(i), samples.get(j)) / 0.36).isCloseTo(0, within(0.03));
      }
    }
  }

  @Test
  void seedAndNumberAloneDecideWhateverElseIsWrittenAndByWhom() throws InterruptedException {
    float[] expected = sample(new Noise(0.2, 7), 3);
    float[] batch = new float[3 * SIZE];
    FloatBuffer into = FloatBuffer.wrap(batch);
    Thread other =
        new Thread(
            () -> {
              for (int row = 0; row < 3; row++) {
                new Noise(0.2, 7).write(input(), 5 - row, into, row * SIZE);
              }
            });
    other.start();
    other.join();
    assertThat(Arrays.copyOfRange(batch, 2 * SIZE, 3 * SIZE)).isEqualTo(expected);
    assertThat(into.position()).isZero();
  }

  @Test
  void withoutDeviationOrRangeTheInputStaysAsItIs() {
    assertThat(sample(new Noise(0, 7), 0)).isEqualTo(input());
    float[] flat = {2, 2, 2};
    float[] noisy = new float[3];
    new Noise(0.5, 1).write(flat, 0, FloatBuffer.wrap(noisy), 0);
    assertThat(noisy).isEqualTo(flat);
  }

  @Test
  void aDeviationThatIsNoneIsRefused() {
    for (double bad : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new Noise(bad, 1)).hasMessage("a standard deviation of " + bad);
    }
  }
}
