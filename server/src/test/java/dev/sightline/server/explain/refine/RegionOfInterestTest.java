package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.heatmap.Plane;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionOfInterestTest {

  @Test
  void pixelIsInItWhenFewerThanFifteenPercentAreMoreIntense() {
    Random random = new Random(2);
    for (int round = 0; round < 100; round++) {
      Plane cam =
          random.nextBoolean()
              ? Drawn.noise(random, 1 + random.nextInt(12), 1 + random.nextInt(12))
              : Drawn.steps(random, 1 + random.nextInt(12), 1 + random.nextInt(12), 5);
      boolean[] interest = RegionOfInterest.of(cam).pixels();
      for (int i = 0; i < interest.length; i++) {
        int more = 0;
        for (float other : cam.values()) {
          more += other > cam.values()[i] ? 1 : 0;
        }
        assertThat(interest[i]).isEqualTo(cam.values()[i] > 0 && more < 0.15 * interest.length);
      }
    }
  }

  @Test
  void pixelWithoutIntensityIsNeverInIt() {
    Plane cam = new Plane(2, 5, new float[] {0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    assertThat(RegionOfInterest.of(cam).pixels()).isEqualTo(Drawn.mask("...#.", ".....").pixels());
    assertThat(RegionOfInterest.of(new Plane(2, 2, new float[4])).count()).isZero();
  }
}
