package dev.sightline.server.image;

import dev.sightline.v1.Region;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Brings a picture to a network's size.
 *
 * <p>Linear interpolation with half-pixel centres looks at two pixels an axis, so a picture shrunk
 * by it to less than half would lose pixels and alias. An axis is therefore halved, each pixel the
 * mean of two, as long as it stays at least as long as the input; the rest, a factor below two, is
 * left to the last step. A JPEG decoder can halve by itself ({@link #reduction}) at a fraction of
 * the cost, with the same picture but for rounding.
 *
 * @param width columns of the network's input
 * @param height rows of the network's input
 */
record Fit(Resize resize, int width, int height) {
  private static final int LARGEST_REDUCTION = 8;
  private static final double LARGEST_SHIFT = 0.25;

  /** Checks that a crop has pixels to be cut from. */
  Fit {
    if (resize instanceof Resize.CenterCrop crop && crop.shortSide() < Math.max(width, height)) {
      throw new IllegalArgumentException(
          "a crop of %d x %d from a short side of %d".formatted(width, height, crop.shortSide()));
    }
  }

  /**
   * The largest of 1, 2, 4, 8 by which a picture may be shrunk while it is decoded: it stays at
   * least as large as the input, and its last row and column, which a decoder fills up where the
   * division leaves a rest, move nothing by more than a quarter of the input's pixels.
   */
  int reduction(int pictureWidth, int pictureHeight) {
    double seenWidth = seen(width, pictureWidth, pictureWidth, pictureHeight);
    double seenHeight = seen(height, pictureHeight, pictureWidth, pictureHeight);
    int reduction = LARGEST_REDUCTION;
    while (reduction > 1
        && !(allows(reduction, pictureWidth, seenWidth / width)
            && allows(reduction, pictureHeight, seenHeight / height))) {
      reduction /= 2;
    }
    return reduction;
  }

  private static boolean allows(int reduction, int side, double pixelsPerInput) {
    int filledUp = (reduction - side % reduction) % reduction;
    return pixelsPerInput >= reduction && filledUp <= LARGEST_SHIFT * pixelsPerInput;
  }

  /** The part of a picture that the network sees, in whole pixels and in the middle. */
  Rect crop(int pictureWidth, int pictureHeight) {
    int seenWidth = whole(seen(width, pictureWidth, pictureWidth, pictureHeight), pictureWidth);
    int seenHeight = whole(seen(height, pictureHeight, pictureWidth, pictureHeight), pictureHeight);
    return new Rect(
        (pictureWidth - seenWidth) / 2, (pictureHeight - seenHeight) / 2, seenWidth, seenHeight);
  }

  /** A crop of a decoded picture in pixels of the original one. */
  static Region region(Rect crop, Mat decoded, int originalWidth, int originalHeight) {
    double scaleX = (double) originalWidth / decoded.cols();
    double scaleY = (double) originalHeight / decoded.rows();
    return Region.newBuilder()
        .setX((float) (crop.x * scaleX))
        .setY((float) (crop.y * scaleY))
        .setWidth((float) (crop.width * scaleX))
        .setHeight((float) (crop.height * scaleY))
        .build();
  }

  /** The crop of a picture in the network's size, in a matrix that the scope releases. */
  Mat apply(Mat picture, Rect crop, NativeScope scope) {
    Mat fitted = scope.add(picture.submat(crop));
    while (fitted.cols() >= 2 * width || fitted.rows() >= 2 * height) {
      fitted = resized(fitted, halved(fitted.cols(), width), halved(fitted.rows(), height), scope);
    }
    return resized(fitted, width, height, scope);
  }

  private static int halved(int pixels, int wanted) {
    return pixels >= 2 * wanted ? (pixels + 1) / 2 : pixels;
  }

  private static Mat resized(Mat mat, int width, int height, NativeScope scope) {
    if (mat.cols() == width && mat.rows() == height) {
      return mat;
    }
    Mat resized = scope.add(new Mat());
    Imgproc.resize(mat, resized, new Size(width, height), 0, 0, Imgproc.INTER_LINEAR);
    return resized;
  }

  private double seen(int wanted, int side, int pictureWidth, int pictureHeight) {
    if (resize instanceof Resize.CenterCrop crop) {
      return (double) Math.min(pictureWidth, pictureHeight) * wanted / crop.shortSide();
    }
    return side;
  }

  private static int whole(double pixels, int most) {
    return (int) Math.max(1, Math.min(most, Math.round(pixels)));
  }
}
