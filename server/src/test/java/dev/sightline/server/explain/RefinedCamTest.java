package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.explain.refine.Outcome;
import dev.sightline.server.explain.refine.RefineSettings;
import dev.sightline.server.explain.refine.Refinement;
import org.junit.jupiter.api.Test;

/** One channel of 2 x 2 cells over an image of 8 x 8 pixels, a gradient of ones. */
class RefinedCamTest {
  private static final int SIDE = 8;

  private final RefinedCam method = new RefinedCam(new GradCam());

  @Test
  void lowResolutionMapIsExpandedToTheImageThatIsRebuilt() {
    Refinement refinement = refine(new float[] {0, 0, 0, 4}, image(1));
    float[] low = refinement.stages().get(0).picture().values();
    assertThat(low[0]).isZero();
    assertThat(low[SIDE * SIDE - 1]).isEqualTo(1);
    assertThat(low[SIDE * 3 + 3]).as("3/8 of the way along both axes").isEqualTo(0.375f * 0.375f);
    assertThat(refinement.stages().get(3).picture().values()[9]).as("a bright pixel").isEqualTo(1);
  }

  @Test
  void constantImageBoundsNothing() {
    Refinement refinement = refine(new float[] {0, 0, 0, 4}, new float[SIDE * SIDE]);
    assertThat(refinement.outcome()).isEqualTo(Outcome.FLOODED);
  }

  @Test
  void imageThatIsNotFiniteRefinesNothing() {
    float[] image = image(1);
    image[5] = Float.NaN;
    assertThat(refine(new float[] {0, 0, 0, 4}, image).map().values())
        .isEqualTo(refine(new float[] {0, 0, 0, 4}, new float[SIDE * SIDE]).map().values());
  }

  @Test
  void mapIsNotFiniteWhereTheLowResolutionMapIsNot() {
    Refinement refinement = refine(new float[] {0, Float.NaN, 0, 4}, image(1));
    assertThat(refinement.map().values()[SIDE - 1]).isNaN();
    assertThat(refinement.map().values()[SIDE * SIDE - 1]).isFinite();
  }

  private Refinement refine(float[] activation, float[] image) {
    Evidence evidence = new Evidence(activation, 0, new float[] {1, 1, 1, 1}, 0, 1, 2, 2);
    return method.refine(
        evidence, new Rebuilt(image, 0, 1, SIDE, SIDE), RefineSettings.DEFAULT.withStages());
  }

  /** A bright square. */
  private static float[] image(float bright) {
    float[] image = new float[SIDE * SIDE];
    for (int i = 0; i < image.length; i++) {
      image[i] = i % SIDE >= 1 && i % SIDE < 7 && i / SIDE >= 1 && i / SIDE < 7 ? bright : 0;
    }
    return image;
  }
}
