package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EigenCamTest {
  private static final CamMethod EIGEN = new EigenCam();
  private static final CamMethod EIGEN_GRAD = new EigenGradCam();

  /** Fewer cells than channels, fewer channels than cells, as many, and the smallest. */
  @ParameterizedTest
  @CsvSource({"64, 7, 7", "5, 14, 9", "12, 3, 4", "2, 1, 2", "1, 4, 4", "3, 1, 1"})
  void bothAreTheProjectionThatPowerIterationFinds(int channels, int height, int width) {
    for (int seed = 0; seed < 3; seed++) {
      RandomEvidence random = new RandomEvidence(channels, height, width, seed);
      double[][][] a = random.activation();
      double[][][] g = random.gradient();
      double[][][] products = new double[channels][height][width];
      for (int k = 0; k < channels; k++) {
        for (int i = 0; i < height; i++) {
          for (int j = 0; j < width; j++) {
            products[k][i][j] = g[k][i][j] * a[k][i][j];
          }
        }
      }
      assertClose(EIGEN.map(random.evidence()), naive(a, a));
      assertClose(EIGEN_GRAD.map(random.evidence()), naive(products, a));
    }
  }

  /** X v for the centred matrix X of cells × channels, v found by v ← Xᵀ X v. */
  private static double[] naive(double[][][] tensor, double[][][] activation) {
    int width = tensor[0][0].length;
    double[][] x = new double[tensor[0].length * width][tensor.length];
    double[] direction = new double[x.length];
    for (int k = 0; k < tensor.length; k++) {
      double mean = 0;
      for (int cell = 0; cell < x.length; cell++) {
        x[cell][k] = tensor[k][cell / width][cell % width];
        direction[cell] += activation[k][cell / width][cell % width];
        mean += x[cell][k] / x.length;
      }
      for (double[] row : x) {
        row[k] -= mean;
      }
    }
    double[] v = new Random(1).doubles(tensor.length, -1, 1).toArray();
    for (int step = 0; step < 3000; step++) {
      double[] next = new double[v.length];
      for (double[] row : x) {
        double projected = dot(row, v);
        for (int k = 0; k < v.length; k++) {
          next[k] += projected * row[k];
        }
      }
      double length = Math.sqrt(dot(next, next));
      if (length == 0) {
        break;
      }
      v = Arrays.stream(next).map(value -> value / length).toArray();
    }
    double[] direct = v;
    double[] projection = Arrays.stream(x).mapToDouble(row -> dot(row, direct)).toArray();
    double mean = Arrays.stream(direction).average().orElseThrow();
    double agreement = 0;
    for (int cell = 0; cell < x.length; cell++) {
      agreement += projection[cell] * (direction[cell] - mean);
    }
    double sign = Math.signum(agreement);
    return Arrays.stream(projection).map(value -> sign * value).toArray();
  }

  /** Noise, in which no component stands out, is the hardest case. */
  @ParameterizedTest
  @CsvSource({"100, 10, 10", "30, 16, 16", "300, 9, 9"})
  void noiseAgreesWithTheSingularValuesOfALibrary(int channels, int height, int width) {
    Random random = new Random(channels);
    int cells = height * width;
    float[] activation = new float[channels * cells];
    for (int i = 0; i < activation.length; i++) {
      activation[i] = (float) random.nextGaussian();
    }
    double[][] x = new double[cells][channels];
    double[] direction = new double[cells];
    for (int k = 0; k < channels; k++) {
      double mean = 0;
      for (int i = 0; i < cells; i++) {
        mean += activation[k * cells + i] / (double) cells;
      }
      for (int i = 0; i < cells; i++) {
        x[i][k] = activation[k * cells + i] - mean;
        direction[i] += x[i][k];
      }
    }
    SingularValueDecomposition svd =
        new SingularValueDecomposition(new Array2DRowRealMatrix(x, false));
    double[] u = svd.getU().getColumn(0);
    double scale = Math.signum(dot(u, direction)) * svd.getSingularValues()[0];
    assertClose(
        EIGEN.map(new Evidence(activation, 0, activation, 0, channels, height, width)),
        Arrays.stream(u).map(value -> scale * value).toArray());
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void assertClose(float[] map, double[] expected) {
    double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(map).hasSize(expected.length);
    for (int i = 0; i < map.length; i++) {
      assertThat((double) map[i]).isCloseTo(expected[i], within(1e-5 * size));
    }
  }

  @Test
  void oneChannelIsItselfLessItsMeanHoweverLargeOrSmall() {
    for (float scale : new float[] {1, 1e-30f, 1e30f}) {
      float[] activation = {1 * scale, 5 * scale, 2 * scale, 0};
      Evidence e = new Evidence(activation, 0, activation, 0, 1, 2, 2);
      float[] map = EIGEN.map(e);
      for (int i = 0; i < 4; i++) {
        assertThat(map[i] / scale).isCloseTo(activation[i] / scale - 2, within(1e-6f));
      }
    }
  }

  @Test
  void brightWhereTheActivationIsStrongEvenIfMostChannelsFallThere() {
    // The first channel rises by far more than the other two fall.
    float[] activation = {0, 0, 0, 9, 1, 1, 1, 0, 1, 1, 1, 0};
    float[] map = EIGEN.map(new Evidence(activation, 0, activation, 0, 3, 2, 2));
    assertThat(map[3]).isPositive();
    assertThat(map[0]).isNegative();
  }

  @Test
  void eigenCamDoesNotReadTheGradient() {
    Evidence e = new RandomEvidence(8, 5, 5, 2).evidence();
    float[] map = EIGEN.map(e);
    Arrays.fill(e.gradient(), Float.NaN);
    assertThat(EIGEN.map(e)).isEqualTo(map);
  }

  @Test
  void whatIsTheSameInEveryCellIsZero() {
    float[] activation = new float[24];
    Arrays.fill(activation, 0, 12, 3.7f);
    Evidence flat = new Evidence(activation, 0, activation, 0, 2, 3, 4);
    assertThat(EIGEN.map(flat)).hasSize(12).containsOnly(0);
    assertThat(EIGEN_GRAD.map(flat)).hasSize(12).containsOnly(0);
  }

  @Test
  void oneValueThatIsNotFiniteLeavesNothingKnown() {
    for (int channels : new int[] {2, 30}) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        Evidence e = new RandomEvidence(channels, 3, 3, 1).evidence();
        e.activation()[e.activationAt(1) + 2] = bad;
        assertThat(EIGEN.map(e)).hasSize(9).containsOnly(Float.NaN);
      }
    }
  }
}
