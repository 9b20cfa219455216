package dev.sightline.server.model.expansion;

import dev.sightline.heatmap.OpenCv;
import dev.sightline.server.image.InputShape;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * How a picture is altered before it is learnt from: flipped, scaled, sheared, rotated and moved,
 * in this order and about its centre. What comes in from outside is the picture mirrored at its
 * border.
 *
 * @param flipped whether left and right are exchanged
 * @param degrees rotation, clockwise as it is seen
 * @param scale 1 leaves it, more enlarges
 * @param shiftX to the right, as a share of the width
 * @param shiftY downwards, as a share of the height
 * @param shear by how many pixels a row is moved to the right for each row further down
 */
public record Augmentation(
    boolean flipped, double degrees, double scale, double shiftX, double shiftY, double shear) {
  static {
    OpenCv.load();
  }

  /** The picture as it is. */
  public static final Augmentation NONE = new Augmentation(false, 0, 1, 0, 0, 0);

  /** The largest rotation; the paper does not tell its own. */
  public static final double MAX_DEGREES = 15;

  /** The largest change of the scale. */
  public static final double MAX_SCALING = 0.1;

  /** The largest shift, as a share of the side. */
  public static final double MAX_SHIFT = 0.2;

  /** The largest shear. */
  public static final double MAX_SHEAR = 0.05;

  /** Draws one: each of the five alterations with probability 1/2, uniformly from its range. */
  public static Augmentation draw(RandomGenerator random) {
    boolean flipped = random.nextBoolean();
    double degrees = maybe(random, MAX_DEGREES);
    double scale = 1 + maybe(random, MAX_SCALING);
    boolean shifted = random.nextBoolean();
    double shiftX = within(random, MAX_SHIFT);
    double shiftY = within(random, MAX_SHIFT);
    double shear = maybe(random, MAX_SHEAR);
    return new Augmentation(
        flipped, degrees, scale, shifted ? shiftX : 0, shifted ? shiftY : 0, shear);
  }

  private static double maybe(RandomGenerator random, double most) {
    boolean altered = random.nextBoolean();
    double value = within(random, most);
    return altered ? value : 0;
  }

  private static double within(RandomGenerator random, double most) {
    return (2 * random.nextDouble() - 1) * most;
  }

  /**
   * Where a pixel comes to lie: two rows of three numbers, for column, row and 1. The centre of the
   * first pixel is at (0, 0).
   */
  public double[] matrix(int height, int width) {
    double cosine = Math.cos(Math.toRadians(degrees));
    double sine = Math.sin(Math.toRadians(degrees));
    double across = flipped ? -scale : scale;
    double centreX = (width - 1) / 2.0;
    double centreY = (height - 1) / 2.0;
    double xx = cosine * across;
    double xy = (cosine * shear - sine) * scale;
    double yx = sine * across;
    double yy = (sine * shear + cosine) * scale;
    return new double[] {
      xx,
      xy,
      centreX + shiftX * width - xx * centreX - xy * centreY,
      yx,
      yy,
      centreY + shiftY * height - yx * centreX - yy * centreY
    };
  }

  /**
   * Alters a picture in its place, by cubic interpolation.
   *
   * @param pictures holds it, C × H × W from the offset on
   */
  public void apply(FloatBuffer pictures, int offset, InputShape shape) {
    if (equals(NONE)) {
      return;
    }
    Mat before = new Mat(shape.height(), shape.width(), CvType.CV_32F);
    Mat after = new Mat();
    Mat matrix = new Mat(2, 3, CvType.CV_64F);
    try {
      matrix.put(0, 0, matrix(shape.height(), shape.width()));
      float[] plane = new float[shape.height() * shape.width()];
      for (int c = 0; c < shape.channels(); c++) {
        pictures.get(offset + c * plane.length, plane);
        before.put(0, 0, plane);
        Imgproc.warpAffine(
            before,
            after,
            matrix,
            new Size(shape.width(), shape.height()),
            Imgproc.INTER_CUBIC,
            Core.BORDER_REFLECT_101);
        after.get(0, 0, plane);
        pictures.put(offset + c * plane.length, plane);
      }
    } finally {
      before.release();
      after.release();
      matrix.release();
    }
  }
}
