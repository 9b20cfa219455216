package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HighResCamTest {
  private static final int SIZE = 96;

  /** A rough disc right of the middle before a smooth sky, and a map that shows its left part. */
  private static final boolean[] OBJECT = disc(48, 56, 22);

  private static final Plane PHOTOGRAPH = photograph();
  private static final Plane CAM = bump(48, 46, 20);

  @Test
  void regionGrowsToTheObjectsShape() {
    Refinement refined = HighResCam.refine(CAM, PHOTOGRAPH, RefineSettings.DEFAULT);
    assertThat(refined.outcome()).isEqualTo(Outcome.GROWN);
    double low = iou(PixelSet.atLeast(CAM, 0.35 * CAM.max()).pixels());
    assertThat(iou(refined.mask())).isGreaterThan(low + 0.2);
    assertThat(refined.map().max()).isEqualTo(1);
    assertThat(refined.map().min()).isZero();
    assertThat(refined.stages()).isEmpty();
  }

  @Test
  void maskIsWhereTheMapReachesTheThreshold() {
    for (double threshold : new double[] {0.15, 0.35, 0.8, 1}) {
      RefineSettings settings = new RefineSettings(4, true, 0.05, 3, threshold, 0.1, 0.9, false);
      Refinement refined = HighResCam.refine(CAM, PHOTOGRAPH, settings);
      for (int i = 0; i < refined.mask().length; i++) {
        assertThat(refined.mask()[i]).isEqualTo(refined.map().values()[i] >= threshold);
      }
    }
  }

  @Test
  void mapIsTheLowResolutionOneTimesTheFilledRegion() {
    RefineSettings hard = new RefineSettings(4, true, 0.05, 0, 0.35, 0.1, 0.9, true);
    Refinement refined = HighResCam.refine(CAM, PHOTOGRAPH, hard);
    Plane filled = refined.stages().get(7).picture();
    float[] low = CAM.normalised().values();
    double max = 0;
    for (int i = 0; i < low.length; i++) {
      max = Math.max(max, low[i] * filled.values()[i]);
    }
    for (int i = 0; i < low.length; i++) {
      assertThat((double) refined.map().values()[i])
          .isCloseTo(low[i] * filled.values()[i] / max, within(1e-6));
    }
  }

  @Test
  void everyStepIsAPictureWhenAskedFor() {
    Refinement refined = HighResCam.refine(CAM, PHOTOGRAPH, RefineSettings.DEFAULT.withStages());
    assertThat(refined.stages())
        .extracting(Stage::name)
        .containsExactly(
            "low-res CAM",
            "focal points",
            "region of interest",
            "high-res map",
            "blurred",
            "Sobel",
            "grown",
            "filled",
            "refined");
    assertThat(refined.stages())
        .allSatisfy(
            stage -> {
              assertThat(stage.picture().min()).isBetween(0f, 1f);
              assertThat(stage.picture().max()).isBetween(0f, 1f);
            });
    assertThat(refined.stages().get(8).picture()).isSameAs(refined.map());
  }

  @Test
  void scaleOfTheMapMakesNoDifference() {
    Refinement refined = HighResCam.refine(CAM, PHOTOGRAPH, RefineSettings.DEFAULT);
    float[] scaled = CAM.values().clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= 8;
    }
    Refinement other =
        HighResCam.refine(new Plane(SIZE, SIZE, scaled), PHOTOGRAPH, RefineSettings.DEFAULT);
    assertThat(other.mask()).isEqualTo(refined.mask());
    assertThat(other.map().values()).isEqualTo(refined.map().values());
  }

  @Test
  void regionThatFloodsTheImageFallsBackToTheLowResolutionMap() {
    Plane rough = Drawn.noise(new Random(8), SIZE, SIZE);
    Refinement refined = HighResCam.refine(CAM, rough, RefineSettings.DEFAULT);
    assertThat(refined.outcome()).isEqualTo(Outcome.FLOODED);
    assertFallenBack(refined);
    Plane flat = new Plane(SIZE, SIZE, new float[SIZE * SIZE]);
    assertThat(HighResCam.refine(CAM, flat, RefineSettings.DEFAULT).outcome())
        .as("a reconstruction of one colour")
        .isEqualTo(Outcome.FLOODED);
  }

  @Test
  void regionThatHardlyGrowsFallsBackToTheLowResolutionMap() {
    RefineSettings demanding = new RefineSettings(0, false, 0, 0, 0.35, 0.9, 0.9, false);
    Refinement refined = HighResCam.refine(CAM, PHOTOGRAPH, demanding);
    assertThat(refined.outcome()).isEqualTo(Outcome.COLLAPSED);
    assertFallenBack(refined);
  }

  @Test
  void constantMapGivesNothingAndNoNan() {
    for (float constant : new float[] {0, 3}) {
      float[] values = new float[SIZE * SIZE];
      Arrays.fill(values, constant);
      Refinement refined =
          HighResCam.refine(
              new Plane(SIZE, SIZE, values), PHOTOGRAPH, RefineSettings.DEFAULT.withStages());
      assertThat(refined.outcome()).isEqualTo(Outcome.COLLAPSED);
      assertThat(refined.map().values()).containsOnly(0f);
      assertThat(refined.mask()).containsOnly(false);
      assertThat(refined.stages()).hasSize(9);
    }
  }

  @Test
  void singlePixelIsRefinedWithoutAFault() {
    Plane pixel = new Plane(1, 1, new float[] {2});
    assertThat(HighResCam.refine(pixel, pixel, RefineSettings.DEFAULT).map().values())
        .containsExactly(0f);
  }

  @Test
  void mapsOfDifferentSizesOrWithoutNumbersAreRefused() {
    Plane other = new Plane(SIZE, SIZE - 1, new float[SIZE * (SIZE - 1)]);
    assertThatThrownBy(() -> HighResCam.refine(CAM, other, RefineSettings.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("96 x 96")
        .hasMessageContaining("96 x 95");
    float[] broken = new float[SIZE * SIZE];
    broken[5] = Float.NaN;
    Plane nan = new Plane(SIZE, SIZE, broken);
    assertThatThrownBy(() -> HighResCam.refine(nan, PHOTOGRAPH, RefineSettings.DEFAULT))
        .hasMessageContaining("not finite");
    assertThatThrownBy(() -> HighResCam.refine(CAM, nan, RefineSettings.DEFAULT))
        .hasMessageContaining("not finite");
  }

  @Test
  void highResolutionMapIsTheScaledMeanOverTheChannels() {
    float[] reconstruction = {
      9, 9, //
      1, 2, 3, 4, 5, 6, //
      0, 0, 0, 1, 0, 0, //
      2, 1, 0, 4, 1, 3
    };
    Plane map = HighResCam.highResolution(reconstruction, 2, 3, 2, 3);
    assertThat(map.height()).isEqualTo(2);
    assertThat(map.width()).isEqualTo(3);
    float[] sums = {3, 3, 3, 9, 6, 9};
    for (int i = 0; i < sums.length; i++) {
      assertThat(map.values()[i]).isCloseTo((sums[i] - 3) / 6, within(1e-6f));
    }
    assertThatThrownBy(() -> HighResCam.highResolution(reconstruction, 3, 3, 2, 3))
        .hasMessageContaining("20 values from 3 on for 3 x 2 x 3");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new RefineSettings(-1, true, 0, 0, 0.3, 0, 1, false))
        .hasMessageContaining("focal radius of -1");
    assertThatThrownBy(() -> new RefineSettings(0, true, 1.5, 0, 0.3, 0, 1, false))
        .hasMessageContaining("1.5 for hole");
    assertThatThrownBy(() -> new RefineSettings(0, true, 0, 0, 0, 0, 1, false))
        .hasMessageContaining("threshold of 0.0");
    assertThatThrownBy(() -> new RefineSettings(0, true, 0, Double.NaN, 0.3, 0, 1, false))
        .hasMessageContaining("feather of NaN");
  }

  private static void assertFallenBack(Refinement refined) {
    assertThat(refined.map().values()).isEqualTo(CAM.normalised().values());
    assertThat(refined.mask()).isEqualTo(PixelSet.atLeast(CAM.normalised(), 0.35).pixels());
  }

  private static double iou(boolean[] mask) {
    int both = 0;
    int either = 0;
    for (int i = 0; i < mask.length; i++) {
      both += mask[i] && OBJECT[i] ? 1 : 0;
      either += mask[i] || OBJECT[i] ? 1 : 0;
    }
    return both / (double) either;
  }

  private static boolean[] disc(int row, int column, int radius) {
    boolean[] pixels = new boolean[SIZE * SIZE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = Math.hypot(i / SIZE - row, i % SIZE - column) <= radius;
    }
    return pixels;
  }

  private static Plane photograph() {
    Random random = new Random(9);
    float[] values = new float[SIZE * SIZE];
    for (int i = 0; i < values.length; i++) {
      values[i] = OBJECT[i] ? 0.3f + 0.7f * random.nextFloat() : 0.1f + 0.0005f * (i % SIZE);
    }
    return new Plane(SIZE, SIZE, values);
  }

  private static Plane bump(int row, int column, double sigma) {
    float[] values = new float[SIZE * SIZE];
    for (int i = 0; i < values.length; i++) {
      double distance = Math.hypot(i / SIZE - row, i % SIZE - column);
      values[i] = (float) (2.5 * Math.exp(-distance * distance / (2 * sigma * sigma)));
    }
    return new Plane(SIZE, SIZE, values);
  }
}
