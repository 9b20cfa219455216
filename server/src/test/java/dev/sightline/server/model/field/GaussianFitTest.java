package dev.sightline.server.model.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.image.InputShape;
import dev.sightline.server.model.ModelException;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GaussianFitTest {
  private static final Offset<Double> EXACTLY = within(1e-4);

  @Test
  void gaussianIsFoundAsItIs() {
    Gaussian truth = new Gaussian(3e-7, 41.2, 20.7, 9.5, 6.25);
    GaussianFit fit = GaussianFit.of(influence(60, 90, truth));
    assertSame(fit.gaussian(), truth);
    assertThat(fit.gaussian().amplitude()).isCloseTo(3e-7, within(1e-12));
    assertThat(fit.rSquared()).isCloseTo(1, within(1e-9));
    assertThat(fit.holes()).isZero();
    assertThat(fit.chance()).isZero();
  }

  /** Also of a Gaussian whose centre is not in the image at all. */
  @Test
  void gaussianThatTheBorderCutsOffIsFoundAsIfItWereWhole() {
    for (Gaussian truth :
        new Gaussian[] {
          new Gaussian(5, 30, 33, 40, 55),
          new Gaussian(5, 1, 58, 12, 20),
          new Gaussian(5, -8, 30, 20, 15)
        }) {
      GaussianFit fit = GaussianFit.of(influence(60, 60, truth));
      assertSame(fit.gaussian(), truth);
      assertThat(fit.rSquared()).isCloseTo(1, within(1e-9));
    }
  }

  /** Three of four pixels, as where a 1 × 1 convolution has stride 2. */
  @Test
  void pixelsThatNothingReadsAreLeftOut() {
    Gaussian truth = new Gaussian(1, 30, 30, 8, 9);
    Influence influence = influence(59, 59, truth);
    for (int i = 0; i < influence.values().length; i++) {
      int row = i / 59;
      if (row % 2 == 1 || i % 59 % 2 == 1) {
        influence.values()[i] = 0;
      }
    }
    GaussianFit fit = GaussianFit.of(influence);
    assertSame(fit.gaussian(), truth);
    assertThat(fit.rSquared()).isCloseTo(1, within(1e-9));
    assertThat(fit.holes()).isEqualTo(59 * 59 - 30 * 30);
    assertThat(fit.rSquaredWithHoles()).isLessThan(0);
  }

  @Test
  void emptySurroundingsOfASmallFieldAreNoHoles() {
    Influence influence = influence(60, 60, new Gaussian(1, 30, 30, 8, 8));
    for (int i = 0; i < influence.values().length; i++) {
      if (Math.abs(influence.x(i) - 30) > 10 || Math.abs(influence.y(i) - 30) > 10) {
        influence.values()[i] = 0;
      }
    }
    GaussianFit fit = GaussianFit.of(influence);
    assertThat(fit.holes()).isZero();
    assertThat(fit.gaussian().sigmaX()).as("narrower than within the square alone").isLessThan(7);
    assertThat(fit.rSquaredWithHoles()).isEqualTo(fit.rSquared());
  }

  /** What few images say of R² beyond chance is what many images say of R². */
  @Test
  void chanceIsToldFromMisfit() {
    Random random = new Random(5);
    GaussianFit few = GaussianFit.of(noisy(12, random));
    GaussianFit many = GaussianFit.of(noisy(3000, random));
    assertThat(few.rSquared()).isLessThan(0.8);
    assertThat(few.chance()).isBetween(0.15, 0.5);
    assertThat(many.chance()).isLessThan(0.005);
    assertThat(many.rSquared()).isBetween(0.9, 0.99);
    assertThat(few.rSquaredBeyondChance()).isCloseTo(many.rSquared(), within(0.03));
    assertThat(few.gaussian().sigmaX()).isCloseTo(many.gaussian().sigmaX(), within(0.7));
  }

  /** A cone, which no Gaussian fits wholly, every pixel of every image up to twice as strong. */
  private static Influence noisy(int images, Random random) {
    InfluenceSum sum = new InfluenceSum(new InputShape(1, 40, 40));
    float[] image = new float[40 * 40];
    for (int n = 0; n < images; n++) {
      for (int i = 0; i < image.length; i++) {
        double distance = Math.hypot(i % 40 - 19.5, Math.floor(i / 40.0) - 19.5);
        double strength = -Math.log(1 - random.nextDouble());
        image[i] = (float) (Math.max(0, 1 - distance / 15) * strength * strength);
      }
      sum.add(image);
    }
    return sum.mean();
  }

  @Test
  void whatIsNoGaussianIsRefused() {
    double[] even = new double[400];
    Arrays.fill(even, 2);
    assertRefused(even, "does not fall off within the image");
    assertRefused(new double[400], "0 pixels have an influence");
    double[] one = new double[400];
    one[210] = 1;
    assertRefused(one, "1 pixels have an influence");
    double[] valley = new double[400];
    Arrays.setAll(valley, i -> 1 + Math.pow(i % 20 - 9.5, 2));
    assertRefused(valley, "no Gaussian fits");
  }

  private static void assertRefused(double[] values, String why) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(
            () -> GaussianFit.of(new Influence(20, 20, values, new double[values.length], 1)))
        .withMessageContaining(why);
  }

  private static Influence influence(int height, int width, Gaussian gaussian) {
    Influence influence =
        new Influence(height, width, new double[height * width], new double[height * width], 1);
    Arrays.setAll(influence.values(), i -> gaussian.at(influence.x(i), influence.y(i)));
    return influence;
  }

  private static void assertSame(Gaussian found, Gaussian truth) {
    assertThat(found.centreX()).isCloseTo(truth.centreX(), EXACTLY);
    assertThat(found.centreY()).isCloseTo(truth.centreY(), EXACTLY);
    assertThat(found.sigmaX()).isCloseTo(truth.sigmaX(), EXACTLY);
    assertThat(found.sigmaY()).isCloseTo(truth.sigmaY(), EXACTLY);
  }
}
