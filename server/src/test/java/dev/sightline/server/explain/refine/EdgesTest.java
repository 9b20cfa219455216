package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Plane;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EdgesTest {
  private static final int[][] ACROSS = {{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}};

  @Test
  void blurIsTheMeanOfFiveByFive() {
    Plane map = Drawn.noise(new Random(3), 9, 11);
    Plane blurred = Edges.blurred(map);
    for (int row = 0; row < 9; row++) {
      for (int column = 0; column < 11; column++) {
        double sum = 0;
        for (int r = -2; r <= 2; r++) {
          for (int c = -2; c <= 2; c++) {
            sum += Drawn.clamped(map, row + r, column + c);
          }
        }
        assertThat((double) blurred.at(row, column)).isCloseTo(sum / 25, within(1e-6));
      }
    }
  }

  @Test
  void magnitudeIsThatOfTheSobelGradientScaledToOne() {
    Plane map = Drawn.noise(new Random(4), 8, 6);
    double[] naive = new double[48];
    double min = Double.POSITIVE_INFINITY;
    double max = 0;
    for (int i = 0; i < naive.length; i++) {
      double across = 0;
      double down = 0;
      for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 3; c++) {
          double value = Drawn.clamped(map, i / 6 + r - 1, i % 6 + c - 1);
          across += ACROSS[r][c] * value;
          down += ACROSS[c][r] * value;
        }
      }
      naive[i] = Math.sqrt(across * across + down * down);
      min = Math.min(min, naive[i]);
      max = Math.max(max, naive[i]);
    }
    Plane edges = Edges.magnitude(map);
    for (int i = 0; i < naive.length; i++) {
      assertThat((double) edges.values()[i])
          .isCloseTo((naive[i] - min) / (max - min), within(1e-5));
    }
  }

  @Test
  void flatMapHasNoEdges() {
    Plane flat = new Plane(4, 4, new float[16]);
    assertThat(Edges.magnitude(Edges.blurred(flat)).values()).containsOnly(0f);
  }

  @Test
  void softeningWeighsByAGaussian() {
    Plane map = Drawn.mask(new Random(5), 15, 13, 0.4).picture();
    double sigma = 1.5;
    Plane softened = Edges.softened(map, sigma);
    int reach = 12;
    for (int i = 0; i < map.values().length; i++) {
      double sum = 0;
      double weights = 0;
      for (int r = -reach; r <= reach; r++) {
        for (int c = -reach; c <= reach; c++) {
          double weight = Math.exp(-(r * r + c * c) / (2 * sigma * sigma));
          sum += weight * Drawn.clamped(map, i / 13 + r, i % 13 + c);
          weights += weight;
        }
      }
      assertThat((double) softened.values()[i])
          .as("OpenCV's kernel ends at four standard deviations")
          .isCloseTo(sum / weights, within(1e-3));
    }
  }
}
