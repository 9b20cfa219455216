package dev.sightline.server.image;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.heatmap.PhotoHeader;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import java.nio.ByteBuffer;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * An image's pixels as a matrix of bytes.
 *
 * @param mat rows × columns × 1 or 3 channels
 * @param format the meaning of the channels
 * @param width the image's own width; the matrix may have been reduced
 * @param height the image's own height
 */
record Picture(Mat mat, PixelFormat format, int width, int height) {

  static Picture decode(ByteString file, PhotoHeader header, int reduction, NativeScope scope) {
    byte[] bytes = file.toByteArray();
    try {
      header.requireComplete(ByteBuffer.wrap(bytes));
      Mat mat = scope.add(PhotoCodec.decode(bytes, header, flags(header.format(), reduction)));
      return new Picture(mat, PixelFormat.PIXEL_FORMAT_BGR, header.width(), header.height());
    } catch (MalformedPhotoException e) {
      throw ImageChecks.unreadable(e);
    }
  }

  private static int flags(PhotoFormat format, int reduction) {
    int colour =
        switch (format == PhotoFormat.JPEG ? reduction : 1) {
          case 2 -> Imgcodecs.IMREAD_REDUCED_COLOR_2;
          case 4 -> Imgcodecs.IMREAD_REDUCED_COLOR_4;
          case 8 -> Imgcodecs.IMREAD_REDUCED_COLOR_8;
          default -> Imgcodecs.IMREAD_COLOR;
        };
    return colour | Imgcodecs.IMREAD_IGNORE_ORIENTATION;
  }

  /** Copies a raw image whose layout was checked. */
  static Picture copy(RawImage raw, long stride, NativeScope scope) {
    int channels = ImageChecks.bytesPerPixel(raw.getFormat());
    int rowBytes = raw.getWidth() * channels;
    byte[] packed = new byte[raw.getHeight() * rowBytes];
    ByteBuffer data = raw.getData().asReadOnlyByteBuffer();
    for (int y = 0; y < raw.getHeight(); y++) {
      data.get(Math.toIntExact(y * stride), packed, y * rowBytes, rowBytes);
    }
    Mat mat = scope.add(new Mat(raw.getHeight(), raw.getWidth(), CvType.CV_8UC(channels)));
    mat.put(0, 0, packed);
    return new Picture(mat, raw.getFormat(), raw.getWidth(), raw.getHeight());
  }

  /** The pixels as a photograph. */
  Photo photo(NativeScope scope) {
    return PhotoCodec.photo(
        switch (format) {
          case PIXEL_FORMAT_RGB -> converted(mat, Imgproc.COLOR_RGB2BGR, scope);
          case PIXEL_FORMAT_GREY -> converted(mat, Imgproc.COLOR_GRAY2BGR, scope);
          default -> mat;
        });
  }

  /** Luminance of a matrix in this picture's format. */
  Mat grey(Mat pixels, NativeScope scope) {
    return switch (format) {
      case PIXEL_FORMAT_RGB -> converted(pixels, Imgproc.COLOR_RGB2GRAY, scope);
      case PIXEL_FORMAT_GREY -> pixels;
      default -> converted(pixels, Imgproc.COLOR_BGR2GRAY, scope);
    };
  }

  private static Mat converted(Mat pixels, int conversion, NativeScope scope) {
    Mat converted = scope.add(new Mat());
    Imgproc.cvtColor(pixels, converted, conversion);
    return converted;
  }
}
