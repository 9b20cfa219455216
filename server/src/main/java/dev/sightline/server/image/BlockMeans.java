package dev.sightline.server.image;

import dev.sightline.v1.PixelFormat;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * A picture by the means of its blocks, to tell how far another one is from it: a grid of 32 × 32
 * over what the network sees, less where that is smaller, in whole grey levels of each channel.
 * Sensor noise averages out in a block, and what moves in one does not. Immutable; 3 KiB.
 */
public final class BlockMeans {
  private static final int GRID = 32;

  private final int width;
  private final int height;
  private final PixelFormat format;
  private final byte[] means;

  private BlockMeans(int width, int height, PixelFormat format, byte[] means) {
    this.width = width;
    this.height = height;
    this.format = format;
    this.means = means;
  }

  /**
   * Takes the means.
   *
   * @param picture where the pixels come from
   * @param fitted its 8-bit pixels in the network's size
   * @param scope releases what is needed meanwhile
   */
  static BlockMeans of(Picture picture, Mat fitted, NativeScope scope) {
    Mat grid = scope.add(new Mat());
    Size size = new Size(Math.min(GRID, fitted.cols()), Math.min(GRID, fitted.rows()));
    Imgproc.resize(fitted, grid, size, 0, 0, Imgproc.INTER_AREA);
    byte[] means = new byte[Math.toIntExact(grid.total()) * grid.channels()];
    grid.get(0, 0, means);
    return new BlockMeans(picture.width(), picture.height(), picture.format(), means);
  }

  /**
   * How far another picture is from this one, both prepared for the same network: the largest
   * absolute difference of any block and channel, 0 to 255 grey levels; infinite between pictures
   * of different sizes or pixel formats, whose maps would differ whatever they show.
   */
  public float difference(BlockMeans other) {
    if (width != other.width
        || height != other.height
        || format != other.format
        || means.length != other.means.length) {
      return Float.POSITIVE_INFINITY;
    }
    int largest = 0;
    for (int i = 0; i < means.length; i++) {
      largest = Math.max(largest, Math.abs((means[i] & 0xff) - (other.means[i] & 0xff)));
    }
    return largest;
  }
}
