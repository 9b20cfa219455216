package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What makes one map of several: Guided Grad-CAM, fusion, and smoothing over a flip. */
class CombinationTest {
  private static float[] random(int size, long seed) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void guidedGradCamIsThePixelMapTimesTheUpsampledGrid() {
    Grid cam = new Grid(3, 2, random(6, 1));
    Grid pixels = new Grid(7, 9, random(63, 2));
    double[][] cells = new double[3][2];
    for (int i = 0; i < 6; i++) {
      cells[i / 2][i % 2] = cam.values()[i];
    }
    double[][] wide = NaiveBilinear.expand(cells, 7, 9);
    Grid product = GuidedCam.product(pixels, cam);
    assertThat(product.height()).isEqualTo(7);
    for (int i = 0; i < 63; i++) {
      assertThat((double) product.values()[i])
          .isCloseTo(wide[i / 9][i % 9] * pixels.values()[i], within(1e-6));
    }
  }

  @Test
  void guidedGradCamDoesNotHideNan() {
    float[] pixels = {1, Float.NaN, 3, 4};
    Grid product = GuidedCam.product(new Grid(2, 2, pixels), new Grid(1, 1, new float[] {2}));
    assertThat(product.values()).containsExactly(2, Float.NaN, 6, 8);
  }

  @Test
  void fusionScalesEveryMapBeforeItTakesTheMeanOrTheLargest() {
    List<float[]> maps = List.of(random(20, 3), random(20, 4), random(20, 5));
    List<Plane> planes = maps.stream().map(values -> new Plane(4, 5, values)).toList();
    float[] mean = Fusion.MEAN.of(planes).values();
    float[] max = Fusion.MAX.of(planes).values();
    for (int i = 0; i < 20; i++) {
      double sum = 0;
      double largest = 0;
      for (float[] map : maps) {
        double low = Double.MAX_VALUE;
        double high = -Double.MAX_VALUE;
        for (float value : map) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
        sum += (map[i] - low) / (high - low);
        largest = Math.max(largest, (map[i] - low) / (high - low));
      }
      assertThat((double) mean[i]).isCloseTo(sum / 3, within(1e-6));
      assertThat((double) max[i]).isCloseTo(largest, within(1e-6));
    }
  }

  @Test
  void aConstantMapAddsNothingToAFusionAndOneThatIsNotFiniteLeavesNothingKnown() {
    Plane ramp = new Plane(1, 3, new float[] {0, 5, 10});
    Plane flat = new Plane(1, 3, new float[] {7, 7, 7});
    Plane bad = new Plane(1, 3, new float[] {7, Float.NEGATIVE_INFINITY, 7});
    assertThat(Fusion.MAX.of(List.of(ramp, flat)).values()).containsExactly(0, 0.5f, 1);
    assertThat(Fusion.MEAN.of(List.of(ramp, flat)).values()).containsExactly(0, 0.25f, 0.5f);
    assertThat(Fusion.MEAN.of(List.of(ramp, bad)).values()).containsOnly(Float.NaN);
    assertThat(Fusion.MAX.of(List.of(ramp, bad)).values()).containsOnly(Float.NaN);
    assertThat(Fusion.MAX.of(List.of(bad, ramp)).values()).containsOnly(Float.NaN);
  }

  @Test
  void fusionOfDifferentSizesOrOfNothingIsRefused() {
    Plane tall = new Plane(2, 1, new float[2]);
    Plane wide = new Plane(1, 2, new float[2]);
    assertThatThrownBy(() -> Fusion.MEAN.of(List.of(tall, wide)))
        .hasMessage("planes of 2 x 1 and 1 x 2");
    assertThatThrownBy(() -> Fusion.MAX.of(List.of())).hasMessage("no plane to fuse");
  }

  @Test
  void aFlipExchangesLeftAndRightInEveryRowAndChannel() {
    float[] input = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    FloatBuffer into = FloatBuffer.allocate(14);
    Flip.write(input, 3, into, 1);
    assertThat(into.array()).containsExactly(0, 3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10, 0);
    assertThat(into.position()).isZero();
    assertThat(Flip.of(new Grid(4, 3, input)).values())
        .containsExactly(3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10);
  }

  @Test
  void smoothingOverAFlipIsTheMeanOfAMapAndItsMirroredOther() {
    float[] map = random(12, 6);
    float[] ofMirrored = random(12, 7);
    Grid mean = Flip.mean(new Grid(3, 4, map), new Grid(3, 4, ofMirrored));
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 4; j++) {
        assertThat(mean.at(i, j))
            .isCloseTo((map[i * 4 + j] + ofMirrored[i * 4 + 3 - j]) / 2, within(1e-6f));
      }
    }
    Grid grid = new Grid(3, 4, map);
    assertThat(Flip.mean(grid, Flip.of(grid)).values()).isEqualTo(map);
  }

  @Test
  void whatHasNoWholeRowsOrAnotherSizeIsNotFlipped() {
    assertThatThrownBy(() -> Flip.write(new float[7], 3, FloatBuffer.allocate(7), 0))
        .hasMessage("7 values in rows of 3");
    Grid tall = new Grid(2, 1, new float[2]);
    Grid wide = new Grid(1, 2, new float[2]);
    assertThatThrownBy(() -> Flip.mean(tall, wide)).hasMessage("maps of 2 x 1 and 1 x 2");
  }
}
