package dev.sightline.heatmap;

import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * A map at pixel level.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param values height·width values, row by row; not copied
 */
public record Plane(int height, int width, float[] values) {

  /** The largest height and width that the protocol knows. */
  public static final int MAX_SIDE = 8192;

  /** Checks that the values fill the plane. */
  public Plane {
    Values.requireFilled(height, width, values.length);
  }

  /** The value of a pixel. */
  public float at(int row, int column) {
    return values[row * width + column];
  }

  /** The smallest value. */
  public float min() {
    return Values.min(values);
  }

  /** The largest value. */
  public float max() {
    return Values.max(values);
  }

  /**
   * The plane scaled to [0, 1]: (L − min)/(max − min). A constant plane becomes all zeros.
   *
   * @return a plane with values of its own
   */
  public Plane normalised() {
    return new Plane(height, width, Values.normalised(values, min(), max()));
  }

  /**
   * The plane in another size: linear with half-pixel centres and clamped edges where it grows, the
   * mean over the area of a pixel where it shrinks.
   *
   * @param newWidth columns, at least 1
   * @param newHeight rows, at least 1
   * @return this plane if it has that size already
   */
  public Plane resized(int newWidth, int newHeight) {
    if (newWidth == width && newHeight == height) {
      return this;
    }
    OpenCv.load();
    Mat pixels = new Mat(height, width, CvType.CV_32FC1);
    pixels.put(0, 0, values);
    Mat resized = Resizer.resize(pixels, newWidth, newHeight);
    try {
      float[] newValues = new float[Math.multiplyExact(newWidth, newHeight)];
      resized.get(0, 0, newValues);
      return new Plane(newHeight, newWidth, newValues);
    } finally {
      pixels.release();
      resized.release();
    }
  }
}
