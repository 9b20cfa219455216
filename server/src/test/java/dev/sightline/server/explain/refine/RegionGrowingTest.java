package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.heatmap.Plane;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionGrowingTest {

  @Test
  void seedsAreASquareAroundEachFocalPoint() {
    PixelSet points = Drawn.mask(".....#", "......", "......", "#.....");
    assertThat(RegionGrowing.seeds(points, 1).pixels())
        .isEqualTo(Drawn.mask("....##", "....##", "##....", "##....").pixels());
    assertThat(RegionGrowing.seeds(points, 0).pixels()).isEqualTo(points.pixels());
  }

  @Test
  void regionIsThatOfANaiveFloodFromEverySeed() {
    Random random = new Random(6);
    for (int round = 0; round < 200; round++) {
      Plane edges = Drawn.noise(random, 1 + random.nextInt(10), 1 + random.nextInt(10));
      PixelSet seeds = Drawn.mask(random, edges.height(), edges.width(), 0.1);
      Bounds bounds = new Bounds(0.3, 0.7);
      PixelSet region = RegionGrowing.grown(edges, bounds, seeds);
      assertThat(region.pixels()).isEqualTo(naive(bounds.admit(edges), seeds));
      PixelSet either = PixelSet.atLeast(edges, 0.7).or(region);
      assertThat(RegionGrowing.withRim(edges, bounds, region).pixels())
          .isEqualTo(naive(either, region));
    }
  }

  @Test
  void seedOutsideTheBoundsGrowsNothing() {
    Plane edges = new Plane(1, 3, new float[] {0.5f, 0.9f, 0.5f});
    assertThat(RegionGrowing.grown(edges, new Bounds(0.4, 0.6), Drawn.mask(".#.")).count())
        .isZero();
  }

  @Test
  void rimJoinsOnlyWhereItTouchesTheRegion() {
    Plane edges = new Plane(1, 6, new float[] {0.5f, 0.9f, 0.8f, 0, 0.9f, 0.5f});
    PixelSet region = Drawn.mask("#.....");
    assertThat(RegionGrowing.withRim(edges, new Bounds(0.4, 0.6), region).pixels())
        .isEqualTo(Drawn.mask("###...").pixels());
  }

  private static boolean[] naive(PixelSet admitted, PixelSet seeds) {
    boolean[] reached = new boolean[admitted.pixels().length];
    for (int i = 0; i < reached.length; i++) {
      if (seeds.pixels()[i]) {
        Drawn.flood(admitted, true, i / admitted.width(), i % admitted.width(), reached);
      }
    }
    return reached;
  }
}
