package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.heatmap.Grid;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Localisation;
import dev.sightline.v1.MapRegion;
import dev.sightline.v1.Method;
import dev.sightline.v1.Region;
import dev.sightline.v1.Upsampling;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A map of six columns and four rows; the network saw the image from (10, 20), 12 x 16 pixels. */
class LocaliserTest {
  private static final Grid MAP =
      new Grid(
          4,
          6,
          new float[] {
            0, 0, 0, 0, 0, 1,
            0, 2, 4, 0, 0, 0,
            0, 3, 10, 0, 0, 0,
            0, 0, 0, 0, 0, 0,
          });

  private static final Kernel PIXELS =
      Kernel.newBuilder()
          .setUpsampling(Upsampling.UPSAMPLING_BILINEAR)
          .setInputWidth(6)
          .setInputHeight(4)
          .build();

  private static final Region COVERED =
      Region.newBuilder().setX(10).setY(20).setWidth(12).setHeight(16).build();

  private static final Offset<Float> CLOSE = Offset.offset(1e-6f);

  @Test
  void boxIsAroundTheLargestComponentInPixelsOfTheImage() throws Exception {
    MapRegion region = region(0.2f, Method.METHOD_GRAD_CAM, MAP);
    assertThat(region.getBox())
        .isEqualTo(Region.newBuilder().setX(12).setY(24).setWidth(4).setHeight(8).build());
    assertThat(region.getArea()).as("four cells of 2 x 4 pixels").isEqualTo(32);
    assertThat(region.getScore()).isCloseTo(19f / 20, CLOSE);
    assertThat(region.getThreshold()).isEqualTo(0.2f);
  }

  @Test
  void thresholdIsAShareOfTheRangeAndEachMethodHasItsUsualOne() throws Exception {
    assertThat(region(0.35f, Method.METHOD_GRAD_CAM, MAP).getArea()).isEqualTo(16);
    assertThat(region(1, Method.METHOD_GRAD_CAM, MAP).getArea()).isEqualTo(8);
    assertThat(region(0, Method.METHOD_GRAD_CAM, MAP).getThreshold()).isEqualTo(0.15f);
    assertThat(region(0, Method.METHOD_CAM, MAP).getThreshold()).isEqualTo(0.2f);
    float[] lower = MAP.values().clone();
    for (int i = 0; i < lower.length; i++) {
      lower[i] -= 5;
    }
    assertThat(region(0.35f, Method.METHOD_CAM, new Grid(4, 6, lower)))
        .as("of a map with negative values")
        .isEqualTo(region(0.35f, Method.METHOD_CAM, MAP));
  }

  @Test
  void mapOfEqualValuesHasNoRegionAndNanCountsAsZero() throws Exception {
    Localiser localiser = localiser(0.5f);
    assertThat(
            localiser.region(Method.METHOD_CAM, new Grid(1, 1, new float[] {3}), PIXELS, COVERED))
        .isEmpty();
    float[] broken = MAP.values().clone();
    broken[23] = Float.NaN;
    assertThat(region(0.5f, Method.METHOD_CAM, new Grid(4, 6, broken)).getArea()).isEqualTo(8);
  }

  private static MapRegion region(float threshold, Method method, Grid map) throws Exception {
    return localiser(threshold).region(method, map, PIXELS, COVERED).orElseThrow();
  }

  private static Localiser localiser(float threshold) throws Exception {
    Localisation asked = Localisation.newBuilder().setThreshold(threshold).build();
    Localiser localiser = Localiser.of(ExplainOptions.newBuilder().setLocalisation(asked).build());
    return java.util.Objects.requireNonNull(localiser);
  }
}
