package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HolesTest {

  @Test
  void smallHoleIsFilledALargeOneAndABayAreNot() {
    PixelSet region = Drawn.mask("#########", "#.##..##.", "####..##.", "#########");
    assertThat(Holes.filled(region, 3).pixels())
        .isEqualTo(Drawn.mask("#########", "####..##.", "####..##.", "#########").pixels());
    assertThat(Holes.filled(region, 4).count()).isEqualTo(34);
  }

  @Test
  void holeThatMeetsTheOutsideAtACornerIsClosed() {
    PixelSet region = Drawn.mask("##.", "#.#", "###");
    assertThat(Holes.filled(region, 1).pixels())
        .isEqualTo(Drawn.mask("##.", "###", "###").pixels());
  }

  @Test
  void whatANaiveFloodFromTheBorderDoesNotReachIsFilled() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      PixelSet region = Drawn.mask(random, 1 + random.nextInt(9), 1 + random.nextInt(9), 0.6);
      int largest = random.nextInt(5);
      PixelSet outside = region.not();
      boolean[] reached = new boolean[outside.pixels().length];
      for (int i = 0; i < reached.length; i++) {
        int row = i / region.width();
        int column = i % region.width();
        if (row == 0 || column == 0 || row == region.height() - 1 || column == region.width() - 1) {
          Drawn.flood(outside, false, row, column, reached);
        }
      }
      boolean[] expected = new boolean[reached.length];
      for (int i = 0; i < expected.length; i++) {
        boolean[] hole = new boolean[reached.length];
        Drawn.flood(outside, false, i / region.width(), i % region.width(), hole);
        int area = new PixelSet(region.height(), region.width(), hole).count();
        expected[i] = region.pixels()[i] || (!reached[i] && area <= largest);
      }
      assertThat(Holes.filled(region, largest).pixels()).isEqualTo(expected);
    }
  }
}
