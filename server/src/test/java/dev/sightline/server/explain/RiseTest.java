package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Grid;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RiseTest {
  @Test
  void riseIsItsEquation() {
    RandomSubject random = new RandomSubject(1, new int[] {3, 15, 10}, new int[] {1, 1}, 3);
    double[][][] x = random.input();
    double[] expected = new double[150];
    for (int n = 0; n < 40; n++) {
      double[][] mask = naiveMask(n, 15, 10, 3);
      double[][][] masked = new double[3][15][10];
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 15; i++) {
          for (int j = 0; j < 10; j++) {
            masked[c][i][j] = x[c][i][j] * mask[i][j];
          }
        }
      }
      double p = RandomSubject.probability(masked);
      for (int i = 0; i < 150; i++) {
        expected[i] += p * mask[i / 10][i % 10] / (40 * 0.5);
      }
    }
    Perturbation versions = new Rise().of(random.subject);
    Grid map = versions.map(RandomSubject.scores(versions, x));
    assertThat(map.height()).isEqualTo(15);
    assertThat(map.width()).isEqualTo(10);
    for (int i = 0; i < 150; i++) {
      assertThat((double) map.values()[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  /** The mask from the same draws, upsampled and cut by another loop. */
  private static double[][] naiveMask(int n, int height, int width, long seed) {
    SplittableRandom random = Draws.of(seed, n);
    double[][] coarse = new double[7][7];
    for (double[] row : coarse) {
      for (int j = 0; j < 7; j++) {
        row[j] = random.nextBoolean() ? 1 : 0;
      }
    }
    int cellHeight = (int) Math.ceil(height / 7.0);
    int cellWidth = (int) Math.ceil(width / 7.0);
    int top = random.nextInt(cellHeight);
    int left = random.nextInt(cellWidth);
    double[][] wide = NaiveBilinear.expand(coarse, 8 * cellHeight, 8 * cellWidth);
    double[][] mask = new double[height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        mask[y][x] = wide[y + top][x + left];
      }
    }
    return mask;
  }

  @Test
  void masksAreRandomCoarseAndHalfOpenEverywhere() {
    int masks = 4000;
    RiseMasks drawn = new RiseMasks(28, 21, 9);
    double[] mean = new double[28 * 21];
    Set<Integer> different = new HashSet<>();
    for (int n = 0; n < masks; n++) {
      float[] mask = drawn.mask(n);
      Grid grid = new Grid(28, 21, mask);
      assertThat(grid.min()).isBetween(0f, 0.999f);
      assertThat(grid.max()).isBetween(0.001f, 1f);
      different.add(Arrays.hashCode(mask));
      for (int i = 0; i < mask.length; i++) {
        mean[i] += mask[i] / masks;
      }
    }
    // A pixel's standard deviation is at most 0.5, so that of its mean at most 0.008.
    for (double value : mean) {
      assertThat(value).isCloseTo(0.5, within(0.04));
    }
    assertThat(different).hasSizeGreaterThan(masks - 3);
  }

  @Test
  void theSeedAloneDecides() {
    assertThat(new RiseMasks(30, 30, 5).mask(3)).isEqualTo(new RiseMasks(30, 30, 5).mask(3));
    assertThat(new RiseMasks(30, 30, 5).mask(3)).isNotEqualTo(new RiseMasks(30, 30, 6).mask(3));
    assertThat(new RiseMasks(30, 30, 5).mask(3)).isNotEqualTo(new RiseMasks(30, 30, 5).mask(4));
  }

  @Test
  void anInputSmallerThanTheMasksCellsStillHasMasks() {
    assertThat(new RiseMasks(1, 3, 5).mask(0)).hasSize(3);
  }

  @Test
  void whatTheScoreDependsOnIsBright() {
    Subject subject = new Subject(ones(28 * 28), 1, 28, 28, null, 500, 1);
    Perturbation versions = new Rise().of(subject);
    float[] probabilities = new float[500];
    for (int n = 0; n < 500; n++) {
      double[][][] version = RandomSubject.version(versions, n, 1, 28, 28);
      probabilities[n] = (float) version[0][20][8];
    }
    Grid map = versions.map(new Scores(new float[500], probabilities, 0));
    int brightest =
        IntStream.range(0, 784)
            .reduce((a, b) -> map.values()[b] > map.values()[a] ? b : a)
            .orElse(0);
    assertThat(brightest / 28).isBetween(17, 23);
    assertThat(brightest % 28).isBetween(5, 11);
  }

  private static float[] ones(int size) {
    float[] ones = new float[size];
    Arrays.fill(ones, 1);
    return ones;
  }
}
