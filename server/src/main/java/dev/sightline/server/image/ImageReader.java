package dev.sightline.server.image;

import dev.sightline.heatmap.OpenCv;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.heatmap.PhotoHeader;
import dev.sightline.v1.Image;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Region;
import dev.sightline.v1.Tensor;
import java.nio.FloatBuffer;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Rect;

/**
 * Makes images into network inputs: decoded, resized, normalised, written channel by channel into
 * the buffer of a batch.
 *
 * <p>A picture is halved, averaging, as long as it stays at least as large as the input, and
 * brought to the exact size by linear interpolation with half-pixel centres. JPEG files are shrunk
 * while they are decoded if their pixels are not kept, so their inputs may then differ in rounding
 * from those of the same file with its pixels kept. 16-bit images are read as 8-bit, alpha is
 * dropped, CMYK is converted, an EXIF orientation is not applied. A colour image becomes grey for a
 * network of one channel by its luminance, and a grey one is repeated for a network of three.
 *
 * <p>Thread-safe; all work is done on the calling thread.
 */
public final class ImageReader {
  static {
    OpenCv.load();
    // Images are prepared on many threads at once; OpenCV's own would only compete with them.
    Core.setNumThreads(1);
  }

  private static final int STRIP_BYTES = 8 << 10;

  private final ImageChecks checks;

  /** A reader that refuses what is larger than the limits. */
  public ImageReader(ImageLimits limits) {
    this.checks = new ImageChecks(limits);
  }

  /**
   * Prepares one image.
   *
   * @param image the image; a tensor is copied as it is
   * @param shape the network's input; its channels must be those of the preprocessing
   * @param preprocessing how pixels become values
   * @param into receives C·H·W values in the order C, H, W; its position is neither used nor moved
   * @param offset the index of the first value
   * @param keepPixels whether the image's own pixels are wanted too
   * @throws ImageException if the image cannot be used; nothing was written then
   */
  public Decoded prepare(
      Image image,
      InputShape shape,
      Preprocessing preprocessing,
      FloatBuffer into,
      int offset,
      boolean keepPixels) {
    return prepare(image, shape, preprocessing, into, offset, keepPixels, false);
  }

  /**
   * The same, and takes the picture's block means if they are wanted.
   *
   * @param takeMeans whether they are
   */
  public Decoded prepare(
      Image image,
      InputShape shape,
      Preprocessing preprocessing,
      FloatBuffer into,
      int offset,
      boolean keepPixels,
      boolean takeMeans) {
    if (preprocessing.order().channels() != shape.channels()) {
      throw new IllegalArgumentException(
          "%s for an input of %d channels".formatted(preprocessing.order(), shape.channels()));
    }
    return switch (image.getContentCase()) {
      case ENCODED -> {
        PhotoHeader header = checks.encoded(image.getEncoded());
        Fit fit = new Fit(preprocessing.resize(), shape.width(), shape.height());
        boolean reducible = header.format() == PhotoFormat.JPEG && !keepPixels;
        int reduction = reducible ? fit.reduction(header.width(), header.height()) : 1;
        try (NativeScope scope = new NativeScope()) {
          Picture picture = Picture.decode(image.getEncoded(), header, reduction, scope);
          yield prepare(picture, fit, preprocessing, into, offset, keepPixels, takeMeans, scope);
        }
      }
      case RAW -> {
        RawImage raw = image.getRaw();
        long stride = checks.raw(raw);
        Fit fit = new Fit(preprocessing.resize(), shape.width(), shape.height());
        try (NativeScope scope = new NativeScope()) {
          Picture picture = Picture.copy(raw, stride, scope);
          yield prepare(picture, fit, preprocessing, into, offset, keepPixels, takeMeans, scope);
        }
      }
      case TENSOR -> {
        Tensor tensor = image.getTensor();
        ImageChecks.tensor(tensor, shape);
        TensorCopy.copy(tensor, into, offset);
        Region whole =
            Region.newBuilder().setWidth(shape.width()).setHeight(shape.height()).build();
        yield new Decoded(shape.width(), shape.height(), whole, null, null);
      }
      case CONTENT_NOT_SET -> throw ImageChecks.nothing();
    };
  }

  private static Decoded prepare(
      Picture picture,
      Fit fit,
      Preprocessing preprocessing,
      FloatBuffer into,
      int offset,
      boolean keepPixels,
      boolean takeMeans,
      NativeScope scope) {
    Rect crop = fit.crop(picture.mat().cols(), picture.mat().rows());
    Mat fitted = fit.apply(picture.mat(), crop, scope);
    if (preprocessing.order() == ChannelOrder.GREY) {
      fitted = picture.grey(fitted, scope);
    }
    write(fitted, picture.format() == PixelFormat.PIXEL_FORMAT_RGB, preprocessing, into, offset);
    return new Decoded(
        picture.width(),
        picture.height(),
        Fit.region(crop, picture.mat(), picture.width(), picture.height()),
        keepPixels ? picture.photo(scope) : null,
        takeMeans ? BlockMeans.of(picture, fitted, scope) : null);
  }

  /** Strip by strip: as a whole, the pixels would be an array of their own for every image. */
  private static void write(
      Mat pixels, boolean rgb, Preprocessing preprocessing, FloatBuffer into, int offset) {
    int step = pixels.channels();
    int rowBytes = pixels.cols() * step;
    int stripRows = Math.max(1, STRIP_BYTES / rowBytes);
    byte[] strip = new byte[stripRows * rowBytes];
    int cells = pixels.rows() * pixels.cols();
    boolean reversed = rgb != (preprocessing.order() == ChannelOrder.RGB);
    float[][] tables = preprocessing.tables();
    for (int y = 0; y < pixels.rows(); y += stripRows) {
      // A crop that needed no resizing is a view with gaps between its rows; get() packs it.
      int count = pixels.get(y, 0, strip);
      for (int c = 0; c < tables.length; c++) {
        float[] table = tables[c];
        int at = offset + c * cells + y * pixels.cols();
        for (int i = step == 1 ? 0 : reversed ? 2 - c : c; i < count; i += step) {
          into.put(at++, table[strip[i] & 0xff]);
        }
      }
    }
  }
}
