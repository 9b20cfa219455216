package dev.sightline.server.image;

import dev.sightline.v1.Region;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Brings a picture to a network's size.
 *
 * <p>Linear interpolation looks at two pixels an axis, so a picture shrunk by it to less than half
 * would lose pixels and alias. It is therefore first shrunk by whole powers of two, as far as it
 * stays at least as large as the input, each pixel the mean of those it replaces; the rest, a
 * factor below two, is linear with half-pixel centres. A JPEG decoder can take those first steps
 * itself ({@link #reduction}) at a fraction of the cost, with the same picture but for rounding.
 *
 * @param width columns of the network's input
 * @param height rows of the network's input
 */
record Fit(Resize resize, int width, int height) {
  private static final int LARGEST_REDUCTION = 8;

  /** Checks that a crop has pixels to be cut from. */
  Fit {
    if (resize instanceof Resize.CenterCrop crop && crop.shortSide() < Math.max(width, height)) {
      throw new IllegalArgumentException(
          "a crop of %d x %d from a short side of %d".formatted(width, height, crop.shortSide()));
    }
  }

  /** The largest of 1, 2, 4, 8 by which a picture may be shrunk while it is decoded. */
  int reduction(int pictureWidth, int pictureHeight) {
    double seenWidth = seen(width, pictureWidth, pictureWidth, pictureHeight);
    double seenHeight = seen(height, pictureHeight, pictureWidth, pictureHeight);
    int reduction = 1;
    while (reduction < LARGEST_REDUCTION
        && seenWidth >= 2.0 * reduction * width
        && seenHeight >= 2.0 * reduction * height) {
      reduction *= 2;
    }
    return reduction;
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
    Mat seen = scope.add(picture.submat(crop));
    int shrunkWidth = shrunk(seen.cols(), width);
    int shrunkHeight = shrunk(seen.rows(), height);
    Mat shrunk = resized(seen, shrunkWidth, shrunkHeight, Imgproc.INTER_AREA, scope);
    return resized(shrunk, width, height, Imgproc.INTER_LINEAR, scope);
  }

  private static Mat resized(Mat mat, int width, int height, int method, NativeScope scope) {
    if (mat.cols() == width && mat.rows() == height) {
      return mat;
    }
    Mat resized = scope.add(new Mat());
    Imgproc.resize(mat, resized, new Size(width, height), 0, 0, method);
    return resized;
  }

  private static int shrunk(int pixels, int wanted) {
    int factor = 1;
    while (pixels >= 2L * factor * wanted) {
      factor *= 2;
    }
    return (pixels + factor - 1) / factor;
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
