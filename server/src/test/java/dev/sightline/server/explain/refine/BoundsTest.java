package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Plane;
import org.junit.jupiter.api.Test;

class BoundsTest {
  private static final Plane PLANE =
      new Plane(2, 4, new float[] {0.4f, 0.9f, 0.1f, 0.2f, 0.8f, 0.3f, 0.7f, 0.6f});

  @Test
  void boundsAreTheQuartilesOfTheRegionAlone() {
    Bounds five = Bounds.of(PLANE, Drawn.mask("#.##", ".#.#"));
    assertThat(five.lower()).as("of 0.1 0.2 0.3 0.4 0.6").isCloseTo(0.2, within(1e-7));
    assertThat(five.upper()).isCloseTo(0.4, within(1e-7));
    Bounds four = Bounds.of(PLANE, Drawn.mask("#.##", "...#"));
    assertThat(four.lower()).as("of 0.1 0.2 0.4 0.6").isCloseTo(0.175, within(1e-7));
    assertThat(four.upper()).isCloseTo(0.45, within(1e-7));
    Bounds one = Bounds.of(PLANE, Drawn.mask(".#..", "...."));
    assertThat(one).isEqualTo(new Bounds(0.9f, 0.9f));
  }

  @Test
  void bothBoundsAreAdmitted() {
    assertThat(new Bounds(0.2f, 0.7f).admit(PLANE).pixels())
        .isEqualTo(Drawn.mask("#..#", ".###").pixels());
  }
}
