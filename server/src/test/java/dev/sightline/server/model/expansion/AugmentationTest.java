package dev.sightline.server.model.expansion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.engine.Pass;
import dev.sightline.server.image.InputShape;
import java.nio.FloatBuffer;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final InputShape SHAPE = new InputShape(3, 21, 34);

  @Test
  void noneLeavesThePicture() {
    assertThat(applied(Augmentation.NONE, picture())).containsExactly(picture());
    // Not by the shortcut: a scale that is 1 only after rounding.
    assertThat(applied(new Augmentation(false, 1e-12, 1, 0, 0, 0), picture()))
        .containsExactly(picture());
  }

  @Test
  void flipIsAMirrorAndTwiceIsThePicture() {
    Augmentation flip = new Augmentation(true, 0, 1, 0, 0, 0);
    float[] once = applied(flip, picture());
    for (int i = 0; i < once.length; i++) {
      int row = i / SHAPE.width();
      int column = i % SHAPE.width();
      assertThat(once[i]).isEqualTo(picture()[(row + 1) * SHAPE.width() - 1 - column]);
    }
    assertThat(applied(flip, once)).containsExactly(picture());
  }

  @Test
  void shiftMovesPixelsAndMirrorsWhatComesIn() {
    float[] moved = applied(new Augmentation(false, 0, 1, 2.0 / 34, 3.0 / 21, 0), picture());
    for (int c = 0; c < SHAPE.channels(); c++) {
      for (int y = 0; y < SHAPE.height(); y++) {
        for (int x = 0; x < SHAPE.width(); x++) {
          int from = (c * SHAPE.height() + Math.abs(y - 3)) * SHAPE.width() + Math.abs(x - 2);
          assertThat(moved[(c * SHAPE.height() + y) * SHAPE.width() + x])
              .isEqualTo(picture()[from]);
        }
      }
    }
  }

  /** A plane is a plane again, but at the border. */
  @Test
  void everyAlterationTurnsAPlaneAsItsMatrixSays() {
    Augmentation all = new Augmentation(true, 10, 1.08, 0.05, -0.1, 0.04);
    float[] plane = new float[SHAPE.size()];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = 2 * (i % SHAPE.width()) - 3 * (i / SHAPE.width() % SHAPE.height());
    }
    float[] turned = applied(all, plane);
    double[] m = all.matrix(SHAPE.height(), SHAPE.width());
    for (int y = 8; y < 13; y++) {
      for (int x = 12; x < 22; x++) {
        double toX = m[0] * x + m[1] * y + m[2];
        double toY = m[3] * x + m[4] * y + m[5];
        int left = (int) Math.floor(toX);
        int top = (int) Math.floor(toY);
        double u = toX - left;
        double v = toY - top;
        int at = top * SHAPE.width() + left;
        double found =
            (1 - v) * ((1 - u) * turned[at] + u * turned[at + 1])
                + v * ((1 - u) * turned[at + SHAPE.width()] + u * turned[at + SHAPE.width() + 1]);
        // OpenCV looks at places a 32nd of a pixel apart, and its cubic bends a plane a little.
        assertThat(found).isCloseTo(2 * x - 3 * y, within(0.4));
      }
    }
  }

  @Test
  void partsOfTheMatrixAreWhatTheirNamesSay() {
    double[] shift = new Augmentation(false, 0, 1, 0.1, -0.2, 0).matrix(20, 30);
    assertThat(shift).containsExactly(new double[] {1, 0, 3, 0, 1, -4}, within(1e-12));
    double[] scale = new Augmentation(false, 0, 1.1, 0, 0, 0).matrix(21, 31);
    assertThat(scale).containsExactly(new double[] {1.1, 0, -1.5, 0, 1.1, -1}, within(1e-12));
    double[] turn = new Augmentation(false, 90, 1, 0, 0, 0).matrix(21, 21);
    // The middle of the right edge comes to the middle of the lower one: clockwise as it is seen.
    assertThat(turn[0] * 20 + turn[1] * 10 + turn[2]).isCloseTo(10, within(1e-9));
    assertThat(turn[3] * 20 + turn[4] * 10 + turn[5]).isCloseTo(20, within(1e-9));
    double[] shear = new Augmentation(false, 0, 1, 0, 0, 0.05).matrix(21, 21);
    assertThat(shear).containsExactly(new double[] {1, 0.05, -0.5, 0, 1, 0}, within(1e-12));
  }

  @Test
  void drawnOnesStayInTheirRangesAndEachAlterationIsHalfOfThem() {
    int[] altered = new int[5];
    double[] most = new double[5];
    int draws = 4000;
    for (int seed = 0; seed < draws; seed++) {
      Augmentation drawn = Augmentation.draw(new SplittableRandom(seed));
      double[] values = {
        drawn.flipped() ? 1 : 0,
        drawn.degrees() / 15,
        (drawn.scale() - 1) / 0.1,
        Math.max(Math.abs(drawn.shiftX()), Math.abs(drawn.shiftY())) / 0.2,
        drawn.shear() / 0.05
      };
      for (int i = 0; i < values.length; i++) {
        altered[i] += values[i] != 0 ? 1 : 0;
        most[i] = Math.max(most[i], Math.abs(values[i]));
      }
    }
    for (int i = 0; i < altered.length; i++) {
      assertThat(altered[i] / (double) draws).isCloseTo(0.5, within(0.03));
      assertThat(most[i]).isBetween(0.98, 1.0 + 1e-9);
    }
  }

  private static float[] picture() {
    Random random = new Random(7);
    float[] values = new float[SHAPE.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Applies it to the second of three pictures, whose neighbours must stay. */
  private static float[] applied(Augmentation augmentation, float[] picture) {
    FloatBuffer pictures = Pass.buffer(3, SHAPE.size());
    pictures.put(SHAPE.size(), picture);
    augmentation.apply(pictures, SHAPE.size(), SHAPE);
    for (int i = 0; i < SHAPE.size(); i++) {
      assertThat(pictures.get(i)).isZero();
      assertThat(pictures.get(2 * SHAPE.size() + i)).isZero();
    }
    float[] result = new float[SHAPE.size()];
    pictures.get(SHAPE.size(), result);
    return result;
  }
}
