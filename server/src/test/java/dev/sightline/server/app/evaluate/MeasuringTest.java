package dev.sightline.server.app.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Plane;
import dev.sightline.server.explain.measure.Box;
import dev.sightline.server.explain.measure.Fill;
import dev.sightline.server.explain.measure.Mask;
import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A network that is a formula: of two classes the first has the logit 5 · m, m the mean of a grey
 * image, and the second 0. The image's ten rows are 0, 0, 0, 0.5, 1, 1, 0.5, 0, 0, 0, and the map
 * falls off from the middle rows, so that a fifth of the pixels is a pair of rows.
 */
class MeasuringTest {
  private static final int SIDE = 10;
  private static final double[] ROWS = {0, 0, 0, 0.5, 1, 1, 0.5, 0, 0, 0};
  private static final double[] MAP = {0.2, 0.4, 0.6, 0.8, 1, 1, 0.8, 0.6, 0.4, 0.2};

  @Test
  void curvesFollowTheRowsThatAppearAndVanish() {
    Map<Measure, Double> figures = figures(Group.CURVES);
    // The mean of the image as pairs of rows appear: 0, 0.2, 0.3 from then on.
    double inserted = (p(0) + p(0.3)) / 2 + p(0.2) + 3 * p(0.3);
    // As they vanish: 0.3, 0.1, 0 from then on.
    double deleted = (p(0.3) + p(0)) / 2 + p(0.1) + 3 * p(0);
    assertThat(figures)
        .containsOnlyKeys(Measure.INSERTION, Measure.DELETION)
        .hasEntrySatisfying(
            Measure.INSERTION, area -> assertThat(area).isCloseTo(inserted / 5, within(1e-6)))
        .hasEntrySatisfying(
            Measure.DELETION, area -> assertThat(area).isCloseTo(deleted / 5, within(1e-6)));
  }

  @Test
  void dropsAreThoseOfTheMaskedMeans() {
    Map<Measure, Double> figures = figures(Group.MASKING);
    // Times the map: (1 + 1 + 2 · 0.5 · 0.8)/10. The better half is the five middle rows or so:
    // rows 3 to 6 surely, and no other row has anything.
    assertThat(figures.get(Measure.DROP))
        .isCloseTo(100 * (p(0.3) - p(0.28)) / p(0.3), within(1e-4));
    assertThat(figures.get(Measure.RELATIVE_DROP)).isCloseTo(0, within(1e-4));
    assertThat(figures.get(Measure.INCREASE)).isZero();
  }

  @Test
  void removedRowsBecomeTheLineBetweenThoseThatAreLeft() {
    Map<Measure, Double> figures = figures(Group.ROAD);
    // Without rows 4 and 5 the line from 0.5 to 0.5 takes their place; then from 0 to 0.
    double most = (p(0.2) + 3 * p(0)) / 4;
    // Beyond the last known row its value goes on: 0, 0, then 0.5 and 1.
    double least = (2 * p(0.3) + p(0.6) + p(1)) / 4;
    // The noise moves the mean of a hundred pixels by 0.001.
    assertThat(figures.get(Measure.ROAD_MOST_RELEVANT)).isCloseTo(most, within(0.004));
    assertThat(figures.get(Measure.ROAD_LEAST_RELEVANT)).isCloseTo(least, within(0.004));
  }

  @Test
  void boxCountsIfTheClassIsAmongTheFirstOrTheFirstFive() {
    // At 0.7 of the maximum the region is rows 3 to 6.
    Box right = new Box(0, 3, SIDE, 7);
    assertThat(located(right, 0))
        .containsEntry(Measure.ERROR_TOP_1, 0.0)
        .containsEntry(Measure.ERROR_TOP_5, 0.0)
        .containsEntry(Measure.IOU, 1.0)
        .containsEntry(Measure.POINTING, 100.0);
    assertThat(located(right, 1))
        .containsEntry(Measure.ERROR_TOP_1, 100.0)
        .containsEntry(Measure.ERROR_TOP_5, 0.0);
    assertThat(located(right, 4)).containsEntry(Measure.ERROR_TOP_5, 0.0);
    assertThat(located(right, 5))
        .containsEntry(Measure.ERROR_TOP_1, 100.0)
        .containsEntry(Measure.ERROR_TOP_5, 100.0);
    Box shifted = new Box(0, 5, SIDE, 9);
    assertThat(located(shifted, 0))
        .as("two rows of six are common")
        .containsEntry(Measure.IOU, 1 / 3.0)
        .containsEntry(Measure.ERROR_TOP_1, 100.0)
        .containsEntry(Measure.ERROR_TOP_5, 100.0)
        .as("the first of the largest values is in row 4")
        .containsEntry(Measure.POINTING, 0.0);
    assertThat(located(shifted, 0).get(Measure.ENERGY))
        .isCloseTo(100 * (1 + 0.8 + 0.6 + 0.4) / 6, within(1e-4));
  }

  @Test
  void objectsPixelsAreComparedWithAllThatTheMapMarks() {
    boolean[] object = new boolean[SIDE * SIDE];
    for (int i = 0; i < object.length; i++) {
      object[i] = i % SIDE < 5;
    }
    Subject subject = subject(0, List.of(), new Mask(SIDE, SIDE, object));
    Measuring measuring = new Measuring(subject, map(), settings(Group.LOCATION));
    // 40 pixels are marked, 50 are the object, 20 are both.
    assertThat(measuring.shape(Mask.above(map(), 0.7)))
        .containsExactly(Map.entry(Measure.MASK_IOU, 20 / 70.0));
    assertThat(measuring.location(0.7)).as("there is no box").isEmpty();
  }

  private static Map<Measure, Double> located(Box box, int rank) {
    Subject subject = subject(rank, List.of(box), null);
    return new Measuring(subject, map(), settings(Group.LOCATION)).location(0.7);
  }

  private static Map<Measure, Double> figures(Group group) {
    Measuring measuring = new Measuring(subject(0, List.of(), null), map(), settings(group));
    double[] probabilities =
        measuring.altered().stream()
            .mapToDouble(
                altered -> {
                  float[] image = new float[SIDE * SIDE];
                  altered.write(FloatBuffer.wrap(image), 0);
                  return p(
                      IntStream.range(0, image.length)
                          .mapToDouble(i -> image[i])
                          .average()
                          .orElseThrow());
                })
            .toArray();
    return measuring.figures(probabilities);
  }

  private static double p(double mean) {
    return 1 / (1 + Math.exp(-5 * mean));
  }

  private static Plane map() {
    return new Plane(SIDE, SIDE, rows(MAP));
  }

  private static float[] rows(double[] values) {
    float[] pixels = new float[SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) values[i / SIDE];
    }
    return pixels;
  }

  private static Subject subject(int rank, List<Box> boxes, @Nullable Mask object) {
    return new Subject(
        "rows.png", rows(ROWS), SIDE, SIDE, new float[1], 0, p(0.3), rank, boxes, object);
  }

  private static Settings settings(Group group) {
    return new Settings(
        "maps",
        List.of(Method.METHOD_CAM),
        List.of(Upsampling.UPSAMPLING_BILINEAR),
        Set.of(group),
        Fill.BLACK,
        5,
        null,
        0,
        1,
        3);
  }
}
