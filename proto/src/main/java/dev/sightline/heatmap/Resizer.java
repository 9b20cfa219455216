package dev.sightline.heatmap;

import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** Resizes pixels: linearly with half-pixel centres where they grow, by area where they shrink. */
final class Resizer {
  static {
    OpenCv.load();
  }

  private Resizer() {}

  /** The matrix in another size; to be released by the caller, as is the one given. */
  static Mat resize(Mat pixels, int width, int height) {
    boolean shrinks = width <= pixels.cols() && height <= pixels.rows();
    Mat resized = new Mat();
    Imgproc.resize(
        pixels,
        resized,
        new Size(width, height),
        0,
        0,
        shrinks ? Imgproc.INTER_AREA : Imgproc.INTER_LINEAR);
    return resized;
  }
}
