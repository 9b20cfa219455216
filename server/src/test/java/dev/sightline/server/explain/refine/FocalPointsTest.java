package dev.sightline.server.explain.refine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.heatmap.Plane;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FocalPointsTest {

  @Test
  void plateauIsOnePointAndOneBesideAHigherPixelIsNone() {
    Plane cam =
        new Plane(
            3,
            6,
            new float[] {
              0.5f, 0.5f, 0.1f, 0.3f, 0.3f, 0.1f,
              0.5f, 0.2f, 0.1f, 0.3f, 0.4f, 0.1f,
              0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f
            });
    assertThat(FocalPoints.of(cam, everywhere(cam)).pixels())
        .isEqualTo(Drawn.mask("##....", "#...#.", "......").pixels());
  }

  @Test
  void roundingMakesNoMaxima() {
    float almost = Math.nextDown(1f);
    Plane cam = new Plane(1, 5, new float[] {1, almost, 1, almost, 0});
    assertThat(FocalPoints.of(cam, everywhere(cam)).pixels())
        .containsExactly(true, true, true, true, false);
  }

  @Test
  void maximumOutsideTheRegionOfInterestDoesNotCount() {
    Plane cam = new Plane(1, 5, new float[] {1, 0, 0, 0, 0.5f});
    assertThat(FocalPoints.of(cam, Drawn.mask("##...")).pixels())
        .containsExactly(true, false, false, false, false);
  }

  @Test
  void maximaAreThoseOfANaiveFlood() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      Plane cam = Drawn.steps(random, 1 + random.nextInt(8), 1 + random.nextInt(8), 4);
      assertThat(FocalPoints.of(cam, everywhere(cam)).pixels()).isEqualTo(naive(cam));
    }
  }

  private static boolean[] naive(Plane cam) {
    boolean[] maxima = new boolean[cam.values().length];
    for (int i = 0; i < maxima.length; i++) {
      float value = cam.values()[i];
      boolean[] plateau = new boolean[maxima.length];
      boolean[] equal = new boolean[maxima.length];
      for (int j = 0; j < equal.length; j++) {
        equal[j] = cam.values()[j] == value;
      }
      PixelSet same = new PixelSet(cam.height(), cam.width(), equal);
      Drawn.flood(same, true, i / cam.width(), i % cam.width(), plateau);
      boolean highest = true;
      for (int j = 0; j < plateau.length; j++) {
        for (int k = 0; plateau[j] && k < plateau.length; k++) {
          boolean adjacent =
              Math.abs(j / cam.width() - k / cam.width()) <= 1
                  && Math.abs(j % cam.width() - k % cam.width()) <= 1;
          highest &= !adjacent || cam.values()[k] <= value;
        }
      }
      maxima[i] = highest;
    }
    return maxima;
  }

  private static PixelSet everywhere(Plane cam) {
    return PixelSet.atLeast(cam, 0);
  }
}
