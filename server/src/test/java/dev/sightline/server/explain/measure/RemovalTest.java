package dev.sightline.server.explain.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.explain.Noise;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.LUDecomposition;
import org.junit.jupiter.api.Test;

class RemovalTest {
  private static final Noise NONE = new Noise(0, 1);

  @Test
  void maskedPixelsBecomeWhatPreprocessingMakesOfBlack() {
    float[] image = {200, 100, 50, 10, 20, 30};
    float[] mean = {127.5f, 100};
    float[] std = {127.5f, 50};
    float[] mask = {1, 0.25f, 0};
    float[] input = new float[6];
    float[] wanted = new float[6];
    for (int i = 0; i < 6; i++) {
      int c = i / 3;
      input[i] = (image[i] - mean[c]) / std[c];
      wanted[i] = (image[i] * mask[i % 3] - mean[c]) / std[c];
    }
    float[] fill = Fill.BLACK.of(input, 2, 1, 3, new float[] {-1, -2});
    float[] masked = new float[8];
    Fill.write(input, fill, mask, FloatBuffer.wrap(masked), 2);
    for (int i = 0; i < 6; i++) {
      assertThat(masked[i + 2]).isCloseTo(wanted[i], within(1e-6f));
    }
  }

  @Test
  void meanAndBlurAreOfTheImageItself() {
    float[] input = {1, 3, 10, 30};
    assertThat(Fill.MEAN.of(input, 2, 1, 2, new float[2])).containsExactly(2, 2, 20, 20);
    float[] spike = new float[41 * 41];
    spike[20 * 41 + 20] = 1;
    float[] blurred = Fill.BLURRED.of(spike, 1, 41, 41, new float[1]);
    double sigma = 0.05 * 41;
    double peak = 1 / (2 * Math.PI * sigma * sigma);
    assertThat((double) blurred[20 * 41 + 20]).isCloseTo(peak, within(0.02 * peak));
    assertThat((double) blurred[20 * 41 + 22])
        .isCloseTo(peak * Math.exp(-2 / (sigma * sigma)), within(0.02 * peak));
    assertThat(spike[0]).as("the input is left alone").isZero();
    assertThatThrownBy(() -> Fill.MEAN.of(input, 3, 1, 2, new float[3]))
        .hasMessageContaining("3 x 1 x 2");
  }

  @Test
  void oneRemovedPixelBecomesTheWeightedMeanOfItsNeighbours() {
    float[] image = {1, 2, 3, 4, 99, 6, 7, 8, 10};
    float[] kept = {1, 1, 1, 1, 0, 1, 1, 1, 1};
    float[] imputed = impute(3, 3, image, kept);
    assertThat(imputed[4]).isCloseTo((2 + 4 + 6 + 8) / 6f + (1 + 3 + 7 + 10) / 12f, within(1e-5f));
    assertThat(imputed[3]).isEqualTo(4);
    // A corner has three neighbours: weights 1/6, 1/6 and 1/12 of 5/12.
    float[] corner = impute(2, 2, new float[] {99, 1, 3, 8}, new float[] {0, 1, 1, 1});
    assertThat(corner[0]).isCloseTo((2 * 1 + 2 * 3 + 8) / 5f, within(1e-5f));
  }

  @Test
  void sparseSolutionIsThatOfTheFullMatrix() {
    Random random = new Random(2);
    for (int round = 0; round < 20; round++) {
      int height = 3 + random.nextInt(6);
      int width = 3 + random.nextInt(6);
      float[] image = new float[height * width];
      float[] kept = new float[image.length];
      for (int i = 0; i < image.length; i++) {
        image[i] = (float) random.nextGaussian() + 5;
        kept[i] = random.nextInt(4) == 0 ? 1 : 0;
      }
      kept[random.nextInt(kept.length)] = 1;
      float[] imputed = impute(height, width, image, kept);
      double[] wanted = full(width, image, kept);
      for (int i = 0; i < image.length; i++) {
        assertThat((double) imputed[i]).isCloseTo(wanted[i], within(1e-3));
      }
    }
  }

  @Test
  void uniformAndWhollyRemovedImagesHaveASolution() {
    float[] uniform = new float[12];
    Arrays.fill(uniform, 7);
    float[] kept = new float[12];
    kept[5] = 1;
    assertThat(impute(3, 4, uniform, kept)).containsOnly(7);
    assertThat(impute(1, 2, new float[] {2, 4}, new float[2])).containsOnly(3);
    assertThat(impute(1, 2, new float[] {2, 4}, new float[] {1, 1})).containsExactly(2, 4);
  }

  @Test
  void noiseIsAddedToRemovedPixelsAlone() {
    float[] image = new float[400];
    for (int i = 0; i < 200; i++) {
      image[i] = 1;
    }
    float[] kept = new float[400];
    Arrays.fill(kept, 0, 200, 1);
    float[] noisy = new float[400];
    new NoisyLinearImputation(20, 20, new Noise(0.01, 3))
        .write(image, kept, 0, FloatBuffer.wrap(noisy), 0);
    assertThat(Arrays.copyOf(noisy, 200)).containsOnly(1);
    double squares = 0;
    for (int i = 200; i < 400; i++) {
      squares += (noisy[i] - 1) * (noisy[i] - 1);
    }
    assertThat(Math.sqrt(squares / 200)).isCloseTo(0.01, within(0.002));
  }

  private static float[] impute(int height, int width, float[] image, float[] kept) {
    float[] imputed = new float[image.length];
    new NoisyLinearImputation(height, width, NONE)
        .write(image, kept, 0, FloatBuffer.wrap(imputed), 0);
    return imputed;
  }

  /** One row a pixel, with neighbours found by distance; solved by LU. */
  private static double[] full(int width, float[] image, float[] kept) {
    int pixels = image.length;
    double[][] matrix = new double[pixels][pixels];
    double[] right = new double[pixels];
    for (int i = 0; i < pixels; i++) {
      if (kept[i] != 0) {
        matrix[i][i] = 1;
        right[i] = image[i];
        continue;
      }
      for (int j = 0; j < pixels; j++) {
        int rows = Math.abs(i / width - j / width);
        int columns = Math.abs(i % width - j % width);
        if (i != j && rows <= 1 && columns <= 1) {
          double weight = rows + columns == 1 ? 2 : 1;
          matrix[i][j] = -weight;
          matrix[i][i] += weight;
        }
      }
    }
    return new LUDecomposition(new Array2DRowRealMatrix(matrix))
        .getSolver()
        .solve(new ArrayRealVector(right))
        .toArray();
  }
}
