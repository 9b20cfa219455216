package dev.sightline.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.v1.Image;
import dev.sightline.v1.PixelFormat;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockMeansTest {
  private static final int SIDE = 224;
  private static final InputShape SHAPE = new InputShape(3, SIDE, SIDE);
  private static final Preprocessing LEVELS =
      new Preprocessing(
          ChannelOrder.BGR, new float[] {0, 0, 0}, new float[] {1, 1, 1}, Resize.STRETCH);

  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final Random random = new Random(3);

  private BlockMeans means(Image image, InputShape shape, FloatBuffer into) {
    return Objects.requireNonNull(
        reader.prepare(image, shape, LEVELS, into, 0, false, true).means());
  }

  private BlockMeans means(byte[] bgr) {
    return means(picture(SIDE, SIDE, bgr), SHAPE, FloatBuffer.allocate(SHAPE.size()));
  }

  private static Image picture(int width, int height, byte[] bgr) {
    return Images.raw(width, height, 0, PixelFormat.PIXEL_FORMAT_BGR, bgr);
  }

  /** Grey levels that are added to one block of 7 × 7 pixels and one channel. */
  private static byte[] withBlock(byte[] bgr, int row, int column, int channel, int more) {
    byte[] changed = bgr.clone();
    for (int y = 7 * row; y < 7 * row + 7; y++) {
      for (int x = 7 * column; x < 7 * column + 7; x++) {
        changed[3 * (y * SIDE + x) + channel] += (byte) more;
      }
    }
    return changed;
  }

  private byte[] noisy(byte[] bgr, double sigma) {
    byte[] noisy = bgr.clone();
    for (int i = 0; i < noisy.length; i++) {
      long level = Math.round((bgr[i] & 0xff) + sigma * random.nextGaussian());
      noisy[i] = (byte) Math.max(0, Math.min(255, level));
    }
    return noisy;
  }

  /** The means of what the network gets, by areas and in double precision. */
  private static double[] naive(FloatBuffer levels, InputShape shape) {
    double[] means = new double[3 * 32 * 32];
    double high = shape.height() / 32.0;
    double wide = shape.width() / 32.0;
    for (int c = 0; c < 3; c++) {
      for (int row = 0; row < 32; row++) {
        for (int column = 0; column < 32; column++) {
          double sum = 0;
          for (int y = 0; y < shape.height(); y++) {
            double covered = overlap(y, row * high, (row + 1) * high);
            for (int x = 0; covered > 0 && x < shape.width(); x++) {
              sum +=
                  covered
                      * overlap(x, column * wide, (column + 1) * wide)
                      * levels.get((c * shape.height() + y) * shape.width() + x);
            }
          }
          means[(c * 32 + row) * 32 + column] = sum / high / wide;
        }
      }
    }
    return means;
  }

  private static double overlap(int pixel, double from, double to) {
    return Math.max(0, Math.min(to, pixel + 1) - Math.max(from, pixel));
  }

  @ParameterizedTest
  @CsvSource({"224, 224, 224, 224", "224, 224, 640, 480", "299, 200, 100, 90", "33, 47, 33, 47"})
  void differenceIsTheLargestOfTheMeansBesideANaiveLoop(
      int inputWidth, int inputHeight, int width, int height) {
    InputShape shape = new InputShape(3, inputHeight, inputWidth);
    FloatBuffer a = FloatBuffer.allocate(shape.size());
    FloatBuffer b = FloatBuffer.allocate(shape.size());
    byte[] pixels = Images.smooth(width, height);
    for (int i = 0; i < 5; i++) {
      byte[] other = noisy(pixels, 20);
      int row = random.nextInt(height - 8);
      for (int at = 3 * row * width; at < 3 * (row + 8) * width; at++) {
        other[at] = (byte) random.nextInt(256);
      }
      float difference =
          means(picture(width, height, pixels), shape, a)
              .difference(means(picture(width, height, other), shape, b));
      double[] left = naive(a, shape);
      double[] right = naive(b, shape);
      double largest = 0;
      for (int at = 0; at < left.length; at++) {
        largest = Math.max(largest, Math.abs(left[at] - right[at]));
      }
      // Each of the two means is rounded.
      assertThat((double) difference).isCloseTo(largest, within(1.001)).isGreaterThan(10);
    }
  }

  @Test
  void everyBlockAndChannelCounts() {
    byte[] pixels = Images.smooth(SIDE, SIDE);
    BlockMeans means = means(pixels);
    for (int i = 0; i < 100; i++) {
      int level = random.nextInt(-20, 21);
      byte[] changed =
          withBlock(pixels, random.nextInt(32), random.nextInt(32), random.nextInt(3), level);
      assertThat(means.difference(means(changed))).isEqualTo(Math.abs(level));
      assertThat(means(changed).difference(means)).isEqualTo(Math.abs(level));
    }
    assertThat(means.difference(means(pixels))).isZero();
  }

  @Test
  void noiseAveragesOutInABlock() {
    byte[] pixels = Images.smooth(SIDE, SIDE);
    BlockMeans means = means(pixels);
    assertThat(means.difference(means(noisy(pixels, 2)))).isLessThanOrEqualTo(2);
    assertThat(means.difference(means(noisy(pixels, 5)))).isBetween(2f, 5f);
    assertThat(means.difference(means(noisy(pixels, 20)))).isGreaterThan(5);
  }

  @Test
  void smallPatchThatMovesIsNoticed() {
    byte[] pixels = noisy(Images.smooth(SIDE, SIDE), 2);
    byte[] here = pixels.clone();
    byte[] there = pixels.clone();
    for (int y = 100; y < 108; y++) {
      for (int x = 60; x < 68; x++) {
        for (int c = 0; c < 3; c++) {
          here[3 * (y * SIDE + x) + c] = (byte) 250;
          there[3 * (y * SIDE + x + 6) + c] = (byte) 250;
        }
      }
    }
    assertThat(means(here).difference(means(there))).isGreaterThan(20);
  }

  @Test
  void pictureOfAnotherSizeOrFormatIsAnother() {
    byte[] pixels = new byte[3 * SIDE * SIDE];
    BlockMeans means = means(pixels);
    FloatBuffer into = FloatBuffer.allocate(SHAPE.size());
    BlockMeans smaller = means(picture(112, 112, new byte[3 * 112 * 112]), SHAPE, into);
    BlockMeans rgb =
        means(Images.raw(SIDE, SIDE, 0, PixelFormat.PIXEL_FORMAT_RGB, pixels), SHAPE, into);
    assertThat(means.difference(smaller)).isInfinite();
    assertThat(means.difference(rgb)).isInfinite();
    assertThat(means.difference(means(pixels.clone()))).isZero();
  }

  @Test
  void inputThatIsSmallerThanTheGridIsComparedPixelByPixel() {
    InputShape shape = new InputShape(3, 2, 5);
    byte[] pixels = Images.noise(30, 1);
    byte[] changed = pixels.clone();
    changed[17] ^= 8;
    FloatBuffer into = FloatBuffer.allocate(shape.size());
    BlockMeans means = means(picture(5, 2, pixels), shape, into);
    assertThat(means.difference(means(picture(5, 2, changed), shape, into))).isEqualTo(8);
  }

  @Test
  void meansAreTakenOfPicturesThatAskForThemAndOfNoTensor() {
    InputShape shape = new InputShape(3, 1, 1);
    FloatBuffer into = FloatBuffer.allocate(3);
    Image tensor = Images.tensor(3, 1, 1, 1, 2, 3);
    Image picture = picture(1, 1, new byte[3]);
    assertThat(reader.prepare(tensor, shape, LEVELS, into, 0, false, true).means()).isNull();
    assertThat(reader.prepare(picture, shape, LEVELS, into, 0, false, true).means()).isNotNull();
    assertThat(reader.prepare(picture, shape, LEVELS, into, 0, false).means()).isNull();
  }
}
