package dev.sightline.server.explain.measure;

import dev.sightline.heatmap.OpenCv;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * What takes the place of a masked pixel. A masked input is m ⊙ x + (1 − m) ⊙ fill, x the network's
 * input after preprocessing and m a mask of H·W in [0, 1] for all channels.
 */
public enum Fill {
  /**
   * The value that preprocessing gives a black pixel, (0 − mean)/std per channel: not the tensor's
   * zero. As preprocessing is affine, the masked input is exactly the preprocessed product of image
   * and mask, the papers' image ⊙ L.
   */
  BLACK,
  /** The mean colour of the image itself, per channel. */
  MEAN,
  /** The image, blurred by a Gaussian whose standard deviation is 5 % of its longer side. */
  BLURRED;

  private static final double BLUR = 0.05;

  /**
   * The fill of an image.
   *
   * @param input x, C·H·W, not changed
   * @param channels C
   * @param height H
   * @param width W
   * @param black the preprocessed value of a black pixel, one a channel
   * @return C·H·W values of the caller's own
   */
  public float[] of(float[] input, int channels, int height, int width, float[] black) {
    int pixels = Math.multiplyExact(height, width);
    if (input.length != Math.multiplyExact(channels, pixels) || black.length != channels) {
      throw new IllegalArgumentException(
          "%d values and %d black ones for an input of %d x %d x %d"
              .formatted(input.length, black.length, channels, height, width));
    }
    float[] fill = new float[input.length];
    for (int c = 0; c < channels; c++) {
      int from = c * pixels;
      switch (this) {
        case BLACK -> Arrays.fill(fill, from, from + pixels, black[c]);
        case MEAN -> {
          double sum = 0;
          for (int i = from; i < from + pixels; i++) {
            sum += input[i];
          }
          Arrays.fill(fill, from, from + pixels, (float) (sum / pixels));
        }
        case BLURRED -> blur(Arrays.copyOfRange(input, from, from + pixels), height, fill, from);
      }
    }
    return fill;
  }

  private static void blur(float[] channel, int height, float[] into, int from) {
    OpenCv.load();
    int width = channel.length / height;
    double sigma = BLUR * Math.max(height, width);
    Mat pixels = new Mat(height, width, CvType.CV_32FC1);
    Mat blurred = new Mat();
    try {
      pixels.put(0, 0, channel);
      Imgproc.GaussianBlur(pixels, blurred, new Size(0, 0), sigma);
      blurred.get(0, 0, channel);
      System.arraycopy(channel, 0, into, from, channel.length);
    } finally {
      pixels.release();
      blurred.release();
    }
  }

  /**
   * Writes a masked input.
   *
   * @param input x, C·H·W
   * @param fill as {@link #of} gives it, for the same input
   * @param mask m, H·W values in [0, 1]
   * @param into receives C·H·W values; its position does not move
   * @param offset the absolute index where they begin
   */
  public static void write(
      float[] input, float[] fill, float[] mask, FloatBuffer into, int offset) {
    float[] masked = new float[input.length];
    for (int i = 0; i < masked.length; i++) {
      float m = mask[i % mask.length];
      masked[i] = m * input[i] + (1 - m) * fill[i];
    }
    into.put(offset, masked);
  }
}
