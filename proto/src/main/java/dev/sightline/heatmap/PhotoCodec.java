package dev.sightline.heatmap;

import java.nio.ByteBuffer;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/** Reads and writes image files. Thread-safe. */
public final class PhotoCodec {
  static {
    OpenCv.load();
  }

  /** The most pixels that {@link #read} decodes: {@link Plane#MAX_SIDE} squared. */
  public static final long MAX_PIXELS = (long) Plane.MAX_SIDE * Plane.MAX_SIDE;

  private PhotoCodec() {}

  /**
   * Decodes a JPEG, PNG, WebP or BMP file to 8 bits a channel. Alpha is dropped, and an EXIF
   * orientation is not applied.
   *
   * @throws MalformedPhotoException if it is none of these, cut off, damaged, or has no pixels or
   *     more than {@link #MAX_PIXELS}
   */
  public static Photo read(byte[] file) {
    ByteBuffer buffer = ByteBuffer.wrap(file);
    PhotoHeader header = PhotoHeader.read(buffer);
    if (header.pixels() < 1 || header.pixels() > MAX_PIXELS) {
      throw new MalformedPhotoException(
          "the %s file has %d x %d pixels; 1 to %d can be read"
              .formatted(header.format(), header.width(), header.height(), MAX_PIXELS));
    }
    header.requireComplete(buffer);
    Mat pixels = decode(file, header, Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_IGNORE_ORIENTATION);
    try {
      return photo(pixels);
    } finally {
      pixels.release();
    }
  }

  /**
   * Encodes a photograph: PNG without loss, JPEG with quality 85, WebP with quality 80, BMP.
   *
   * @return the whole file
   */
  public static byte[] write(Photo photo, PhotoFormat format) {
    Mat pixels = mat(photo);
    try {
      return switch (format) {
        case PNG -> encode(pixels, ".png", Imgcodecs.IMWRITE_PNG_COMPRESSION, 1);
        case JPEG -> encode(pixels, ".jpg", Imgcodecs.IMWRITE_JPEG_QUALITY, 85);
        case WEBP -> encode(pixels, ".webp", Imgcodecs.IMWRITE_WEBP_QUALITY, 80);
        case BMP -> encode(pixels, ".bmp");
      };
    } finally {
      pixels.release();
    }
  }

  /**
   * Decodes a file whose header was checked.
   *
   * @param flags OpenCV's, IMREAD_*
   * @return never empty; to be released by the caller
   * @throws MalformedPhotoException if it cannot be decoded
   */
  public static Mat decode(byte[] file, PhotoHeader header, int flags) {
    Mat bytes = new MatOfByte(file);
    try {
      Mat pixels = Imgcodecs.imdecode(bytes, flags);
      if (!pixels.empty()) {
        return pixels;
      }
      pixels.release();
    } catch (CvException e) {
      // Falls through: OpenCV's own message speaks of its source files.
    } finally {
      bytes.release();
    }
    throw new MalformedPhotoException(
        "the %s file of %d x %d pixels is damaged, or of a kind that cannot be decoded"
            .formatted(header.format(), header.width(), header.height()));
  }

  /** The pixels of an 8-bit BGR matrix; the matrix stays the caller's. */
  public static Photo photo(Mat bgr) {
    byte[] pixels = new byte[Math.toIntExact(3 * bgr.total())];
    bgr.get(0, 0, pixels);
    return new Photo(bgr.cols(), bgr.rows(), pixels);
  }

  /** A matrix with a copy of the pixels; to be released by the caller. */
  static Mat mat(Photo photo) {
    Mat mat = new Mat(photo.height(), photo.width(), CvType.CV_8UC3);
    mat.put(0, 0, photo.bgr());
    return mat;
  }

  static byte[] encode(Mat pixels, String extension, int... parameters) {
    MatOfByte file = new MatOfByte();
    MatOfInt options = new MatOfInt(parameters);
    try {
      if (!Imgcodecs.imencode(extension, pixels, file, options)) {
        throw new IllegalStateException(
            "OpenCV could not write %d x %d pixels as %s"
                .formatted(pixels.cols(), pixels.rows(), extension));
      }
      return file.toArray();
    } finally {
      file.release();
      options.release();
    }
  }
}
