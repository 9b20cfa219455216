package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.OpenCv;
import dev.sightline.heatmap.Plane;
import java.util.function.BiConsumer;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Step 3: the high-resolution map blurred, and the magnitude of its gradient.
 *
 * <p><i>Choices:</i> the blur is the mean of 5 x 5 pixels, the Sobel operator has 3 x 3, and beyond
 * the border the outermost pixels go on.
 */
final class Edges {
  private static final int BLUR = 5;
  private static final int SOBEL = 3;

  private Edges() {}

  /** The mean around each pixel. */
  static Plane blurred(Plane map) {
    return filtered(
        map,
        (in, out) ->
            Imgproc.blur(in, out, new Size(BLUR, BLUR), new Point(-1, -1), Core.BORDER_REPLICATE));
  }

  /** The magnitude of the gradient, scaled to [0, 1]. */
  static Plane magnitude(Plane map) {
    return filtered(
            map,
            (in, out) -> {
              Mat down = new Mat();
              try {
                Imgproc.Sobel(in, out, CvType.CV_32F, 1, 0, SOBEL, 1, 0, Core.BORDER_REPLICATE);
                Imgproc.Sobel(in, down, CvType.CV_32F, 0, 1, SOBEL, 1, 0, Core.BORDER_REPLICATE);
                Core.magnitude(out, down, out);
              } finally {
                down.release();
              }
            })
        .normalised();
  }

  /**
   * A Gaussian blur.
   *
   * @param sigma in pixels, above 0
   */
  static Plane softened(Plane map, double sigma) {
    return filtered(
        map,
        (in, out) ->
            Imgproc.GaussianBlur(in, out, new Size(0, 0), sigma, sigma, Core.BORDER_REPLICATE));
  }

  private static Plane filtered(Plane map, BiConsumer<Mat, Mat> filter) {
    OpenCv.load();
    Mat in = new Mat(map.height(), map.width(), CvType.CV_32FC1);
    Mat out = new Mat();
    try {
      in.put(0, 0, map.values());
      filter.accept(in, out);
      float[] values = new float[map.values().length];
      out.get(0, 0, values);
      return new Plane(map.height(), map.width(), values);
    } finally {
      in.release();
      out.release();
    }
  }
}
