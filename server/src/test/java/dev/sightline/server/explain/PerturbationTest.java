package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each method from its altered versions to its map, against loops that know nothing of it. */
class PerturbationTest {
  private static final int[] INPUT = {2, 12, 9};
  private static final int[] GRID = {4, 3};

  static Stream<PerturbationMethod> all() {
    return Stream.of(new ScoreCam(), new AblationCam(), new ReciproCam(), new Rise());
  }

  private static void assertClose(float[] map, double[] expected) {
    double size = 0;
    for (double value : expected) {
      size = Math.max(size, Math.abs(value));
    }
    assertThat(size).isPositive();
    assertThat(map).hasSize(expected.length);
    for (int i = 0; i < map.length; i++) {
      assertThat((double) map[i]).as("cell %d", i).isCloseTo(expected[i], within(1e-5 * size));
    }
  }

  /** ReLU(Σ_k w_k A_k). */
  private static double[] weighted(double[] weights, double[][][] a) {
    double[] map = new double[a[0].length * a[0][0].length];
    for (int i = 0; i < map.length; i++) {
      for (int k = 0; k < a.length; k++) {
        map[i] += weights[k] * a[k][i / a[0][0].length][i % a[0][0].length];
      }
      map[i] = Math.max(map[i], 0);
    }
    return map;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void scoreCamIsItsEquation(int channels) {
    RandomSubject random = new RandomSubject(channels, INPUT, GRID, 5);
    double[][][] a = random.evidence.activation();
    double[][][] x = random.input();
    double[] exponentials = new double[channels];
    double sum = 0;
    for (int k = 0; k < channels; k++) {
      double[][] mask = NaiveBilinear.expand(a[k], 12, 9);
      double min = Double.MAX_VALUE;
      double max = -Double.MAX_VALUE;
      for (double[] row : mask) {
        for (double value : row) {
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
      }
      double[][][] masked = new double[2][12][9];
      for (int c = 0; c < 2; c++) {
        for (int i = 0; i < 12; i++) {
          for (int j = 0; j < 9; j++) {
            masked[c][i][j] = max == min ? 0 : x[c][i][j] * (mask[i][j] - min) / (max - min);
          }
        }
      }
      exponentials[k] = Math.exp(RandomSubject.logit(masked));
      sum += exponentials[k];
    }
    double[] weights = new double[channels];
    for (int k = 0; k < channels; k++) {
      weights[k] = exponentials[k] / sum;
    }
    Perturbation versions = new ScoreCam().of(random.subject);
    assertThat(versions.count()).isEqualTo(channels);
    assertClose(versions.map(RandomSubject.scores(versions, x)).values(), weighted(weights, a));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void ablationCamIsItsEquation(int channels) {
    RandomSubject random = new RandomSubject(channels, INPUT, GRID, 6);
    double[][][] a = random.evidence.activation();
    double clean = RandomSubject.logit(a);
    double[] weights = new double[channels];
    for (int k = 0; k < channels; k++) {
      double[][][] without = a.clone();
      without[k] = new double[4][3];
      weights[k] = (clean - RandomSubject.logit(without)) / clean;
    }
    Perturbation versions = new AblationCam().of(random.subject);
    assertThat(versions.count()).isEqualTo(channels);
    assertClose(versions.map(RandomSubject.scores(versions, a)).values(), weighted(weights, a));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void reciproCamIsItsEquation(int side) {
    double[][] window = {
      {1 / 16., 1 / 8., 1 / 16.}, {1 / 8., 1 / 4., 1 / 8.}, {1 / 16., 1 / 8., 1 / 16.}
    };
    RandomSubject random = new RandomSubject(4, INPUT, new int[] {side, side + 1}, 7);
    double[][][] a = random.evidence.activation();
    double[] expected = new double[side * (side + 1)];
    for (int cell = 0; cell < expected.length; cell++) {
      double[][][] kept = new double[4][side][side + 1];
      for (int k = 0; k < 4; k++) {
        for (int di = -1; di <= 1; di++) {
          for (int dj = -1; dj <= 1; dj++) {
            int i = cell / (side + 1) + di;
            int j = cell % (side + 1) + dj;
            if (i >= 0 && i < side && j >= 0 && j <= side) {
              kept[k][i][j] = window[di + 1][dj + 1] * a[k][i][j];
            }
          }
        }
      }
      expected[cell] = RandomSubject.probability(kept);
    }
    Perturbation versions = new ReciproCam().of(random.subject);
    assertThat(versions.count()).isEqualTo(expected.length);
    assertClose(versions.map(RandomSubject.scores(versions, a)).values(), expected);
  }

  @Test
  void aConstantChannelMasksEverythingInScoreCam() {
    float[] activation = {3, 3, 3, 3, 0, 1, 2, 3};
    Evidence e = Evidence.withoutGradient(activation, 0, 2, 2, 2);
    Subject subject = new Subject(new float[] {5, 6, 7, 8}, 1, 2, 2, e, 1, 0);
    float[] written = new float[4];
    new ScoreCam().of(subject).write(0, FloatBuffer.wrap(written), 0);
    assertThat(written).containsOnly(0);
  }

  @Test
  void scoreCamTakesLogitsThatNoExponentialCanHold() {
    float[] activation = {1, 0, 0, 1};
    Evidence e = Evidence.withoutGradient(activation, 0, 2, 1, 2);
    Subject subject = new Subject(new float[] {1, 1}, 1, 1, 2, e, 1, 0);
    Scores scores = new Scores(new float[] {1e6f, -1e6f}, new float[2], 0);
    assertThat(new ScoreCam().of(subject).map(scores).values()).containsExactly(1, 0);
    assertThat(
            new ScoreCam()
                .of(subject)
                .map(new Scores(new float[] {Float.NaN, 1}, new float[2], 0))
                .values())
        .containsOnly(Float.NaN);
  }

  @Test
  void ablationCamOfALogitOfZeroTakesWhatIsLostUndivided() {
    Evidence e = Evidence.withoutGradient(new float[] {1, 2, 3, 4}, 0, 2, 1, 2);
    Subject subject = new Subject(new float[1], 1, 1, 1, e, 1, 0);
    Scores scores = new Scores(new float[] {-2, 1}, new float[2], 0);
    // Weights 2 and -1.
    assertThat(new AblationCam().of(subject).map(scores).values()).containsExactly(0, 0);
    Scores others = new Scores(new float[] {-2, 0.5f}, new float[2], 0);
    assertThat(new AblationCam().of(subject).map(others).values()).containsExactly(0.5f, 2);
  }

  @ParameterizedTest
  @MethodSource("all")
  void aVersionIsTheSameWheneverItIsWrittenAndLeavesTheSubjectAsItWas(PerturbationMethod method) {
    RandomSubject random = new RandomSubject(3, INPUT, GRID, 8);
    float[] input = random.subject.input().clone();
    float[] activation = random.evidence.evidence().activation().clone();
    int size = method.ofActivation() ? 3 * 12 : input.length;
    Perturbation versions = method.of(random.subject);
    float[][] first = new float[versions.count()][size];
    for (int n = 0; n < first.length; n++) {
      versions.write(n, FloatBuffer.wrap(first[n]), 0);
    }
    for (int n = first.length - 1; n >= 0; n--) {
      float[] again = new float[size];
      method.of(random.subject).write(n, FloatBuffer.wrap(again), 0);
      assertThat(again).isEqualTo(first[n]);
    }
    assertThat(random.subject.input()).isEqualTo(input);
    assertThat(random.evidence.evidence().activation()).isEqualTo(activation);
  }

  @ParameterizedTest
  @MethodSource("all")
  void versionsAndScoresThatAreNotThereAreRefused(PerturbationMethod method) {
    Perturbation versions = method.of(new RandomSubject(3, INPUT, GRID, 8).subject);
    FloatBuffer into = FloatBuffer.allocate(1000);
    assertThatThrownBy(() -> versions.write(versions.count(), into, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> versions.write(-1, into, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> versions.map(new Scores(new float[1], new float[1], 0)))
        .hasMessage("scores of 1 versions; there are " + versions.count());
  }

  @Test
  void onlyRiseDoesWithoutALayer() {
    Subject bare = new Subject(new float[108], 1, 12, 9, null, 5, 1);
    all()
        .forEach(
            method -> {
              if (method.readsActivation()) {
                assertThatThrownBy(() -> method.of(bare)).isInstanceOf(NullPointerException.class);
              } else {
                assertThat(method).isInstanceOf(Rise.class);
                assertThat(method.of(bare).count()).isEqualTo(5);
              }
            });
  }

  @Test
  void aSubjectThatDoesNotFillItsShapeIsRefused() {
    assertThatThrownBy(() -> new Subject(new float[5], 1, 2, 3, null, 1, 0))
        .hasMessage("5 values for an input of 1 x 2 x 3");
    assertThatThrownBy(() -> new Subject(new float[6], 1, 2, 3, null, 0, 0))
        .hasMessage("an input of 1 x 2 x 3, 0 masks");
    assertThatThrownBy(() -> new Scores(new float[2], new float[3], 0))
        .hasMessage("2 logits and 3 probabilities");
  }
}
