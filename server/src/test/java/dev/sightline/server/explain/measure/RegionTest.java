package dev.sightline.server.explain.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Plane;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionTest {

  @Test
  void largestComponentAboveTheThresholdIsBoxed() {
    Plane map =
        new Plane(
            4,
            5,
            new float[] {
              0, 5, 0, 0, 10,
              0, 3, 0, 0, 1.9f,
              2, 0, 0, 0, 0,
              0, 0, 0, 4, 0
            });
    Region region = Region.of(map, 0.2).orElseThrow();
    assertThat(region.box()).isEqualTo(new Box(0, 0, 2, 3));
    assertThat(region.area()).as("the 2 touches the 3 at a corner").isEqualTo(3);
    assertThat(region.score()).isCloseTo(10 / 25.9, within(1e-7));
    assertThat(Region.of(map, 0.15).orElseThrow().box())
        .as("of equal areas the upper left one, though the other is stronger")
        .isEqualTo(new Box(0, 0, 2, 3));
    assertThat(Region.of(map, 0.6).orElseThrow().box()).isEqualTo(new Box(4, 0, 5, 1));
  }

  @Test
  void mapWithoutPositiveValuesHasNoRegion() {
    assertThat(Region.of(new Plane(1, 2, new float[] {0, 0}), 0.2)).isEmpty();
    assertThat(Region.of(new Plane(1, 2, new float[] {-1, -2}), 0.2)).isEmpty();
    assertThatThrownBy(() -> Region.of(new Plane(1, 1, new float[] {1}), 0))
        .hasMessageContaining("threshold of 0.0");
  }

  @Test
  void maskIsEveryPixelAboveTheThreshold() {
    Plane map = new Plane(2, 3, new float[] {0, 5, 10, 2, -3, 1.9f});
    Mask mask = Mask.above(map, 0.2);
    assertThat(mask.inside()).containsExactly(false, true, true, true, false, false);
    assertThat(mask.area()).isEqualTo(3);
    assertThat(Mask.above(new Plane(1, 2, new float[] {0, -1}), 0.2).area()).isZero();
    assertThatThrownBy(() -> Mask.above(map, 2)).hasMessageContaining("threshold of 2.0");
  }

  @Test
  void masksOverlapByTheirPixels() {
    Mask mask = new Mask(1, 4, new boolean[] {true, true, false, false});
    assertThat(mask.iou(new Mask(1, 4, new boolean[] {false, true, true, false})))
        .isCloseTo(1 / 3.0, within(1e-12));
    assertThat(mask.iou(mask)).isEqualTo(1);
    Mask empty = new Mask(1, 4, new boolean[4]);
    assertThat(mask.iou(empty)).isZero();
    assertThat(empty.iou(empty)).as("nothing was found").isZero();
    assertThatThrownBy(() -> mask.iou(new Mask(4, 1, new boolean[4])))
        .hasMessageContaining("1 x 4 and 4 x 1");
    assertThatThrownBy(() -> new Mask(2, 2, new boolean[3])).hasMessageContaining("3 values");
  }

  @Test
  void componentsAreThoseOfANaiveFlood() {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      int height = 1 + random.nextInt(9);
      int width = 1 + random.nextInt(9);
      float[] values = new float[height * width];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextInt(10) - 4;
      }
      Plane map = new Plane(height, width, values);
      assertThat(Region.of(map, 0.5).map(Region::box)).isEqualTo(naive(map, 0.5));
    }
  }

  private static Optional<Box> naive(Plane map, double fraction) {
    boolean[] seen = new boolean[map.values().length];
    int most = 0;
    Optional<Box> best = Optional.empty();
    for (int start = 0; start < seen.length && map.max() > 0; start++) {
      Deque<Integer> open = new ArrayDeque<>(List.of(start));
      int area = 0;
      int[] edges = {map.width(), map.height(), -1, -1};
      while (!open.isEmpty()) {
        int pixel = open.pop();
        int row = pixel / map.width();
        int column = pixel % map.width();
        if (seen[pixel] || map.values()[pixel] < fraction * map.max()) {
          continue;
        }
        seen[pixel] = true;
        area++;
        edges[0] = Math.min(edges[0], column);
        edges[1] = Math.min(edges[1], row);
        edges[2] = Math.max(edges[2], column);
        edges[3] = Math.max(edges[3], row);
        for (int r = Math.max(0, row - 1); r <= Math.min(map.height() - 1, row + 1); r++) {
          for (int c = Math.max(0, column - 1); c <= Math.min(map.width() - 1, column + 1); c++) {
            open.push(r * map.width() + c);
          }
        }
      }
      if (area > most) {
        most = area;
        best = Optional.of(new Box(edges[0], edges[1], edges[2] + 1, edges[3] + 1));
      }
    }
    return best;
  }

  @Test
  void boxesOverlapByTheirAreas() {
    Box box = new Box(0, 0, 4, 2);
    assertThat(box.iou(new Box(2, 1, 6, 3))).isCloseTo(2 / 14.0, within(1e-12));
    assertThat(box.iou(box)).isEqualTo(1);
    assertThat(box.iou(new Box(4, 0, 5, 2))).as("they only touch").isZero();
    assertThat(box.intersection(new Box(1, -1, 9, 1))).contains(new Box(1, 0, 4, 1));
    assertThatThrownBy(() -> new Box(1, 0, 1, 5)).hasMessageContaining("no area");
    assertThatThrownBy(() -> new Box(Double.NaN, 0, 1, 5)).hasMessageContaining("no area");
  }

  @Test
  void mapPointsIntoABoxByItsPeakAndItsEnergy() {
    Plane map = new Plane(2, 3, new float[] {1, 2, 0, 3, 4, 0});
    List<Box> left = List.of(new Box(0, 0, 1, 2));
    assertThat(Pointing.hits(map, left)).isFalse();
    assertThat(Pointing.energy(map, left)).isEqualTo(0.4);
    List<Box> both = List.of(new Box(0, 0, 1, 2), new Box(0, 1, 2, 2));
    assertThat(Pointing.hits(map, both)).isTrue();
    assertThat(Pointing.energy(map, both)).as("a pixel in two boxes counts once").isEqualTo(0.8);
    assertThat(Pointing.energy(new Plane(1, 1, new float[1]), left)).isZero();
  }
}
