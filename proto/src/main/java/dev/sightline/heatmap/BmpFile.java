package dev.sightline.heatmap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The headers of a Windows bitmap. */
final class BmpFile {
  private static final int CORE_HEADER = 12;
  private static final int INFO_HEADER = 40;
  private static final int PLAIN = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BIT_FIELDS = 3;

  private BmpFile() {}

  static PhotoHeader header(ByteBuffer file) {
    file.order(ByteOrder.LITTLE_ENDIAN);
    if (isCore(file)) {
      return new PhotoHeader(
          PhotoFormat.BMP, file.getShort(18) & 0xffff, file.getShort(20) & 0xffff);
    }
    int width = file.getInt(18);
    int height = file.getInt(22);
    if (width < 0 || height == Integer.MIN_VALUE) {
      throw new MalformedPhotoException(
          "the BMP file claims %d rows of %d pixels".formatted(height, width));
    }
    // A negative height says that the rows go from top to bottom.
    return new PhotoHeader(PhotoFormat.BMP, width, Math.abs(height));
  }

  static void requireComplete(ByteBuffer file) {
    PhotoHeader header = header(file);
    long start = file.getInt(10) & 0xffffffffL;
    int bits = file.getShort(isCore(file) ? 24 : 28) & 0xffff;
    int compression = isCore(file) ? PLAIN : file.getInt(30);
    long size =
        switch (compression) {
          case PLAIN, BIT_FIELDS -> ((long) header.width() * bits + 31) / 32 * 4 * header.height();
          case RLE8, RLE4 -> file.getInt(34) & 0xffffffffL;
          default ->
              throw new MalformedPhotoException(
                  "the BMP file is compressed in the unknown way %s"
                      .formatted(Integer.toUnsignedString(compression)));
        };
    if (size == 0) {
      throw new MalformedPhotoException("the BMP file has no pixels, or does not say how many");
    }
    if (start + size > file.limit()) {
      throw PhotoHeader.cutOff(PhotoFormat.BMP, file);
    }
  }

  private static boolean isCore(ByteBuffer file) {
    int size = file.getInt(14);
    if (size != CORE_HEADER && size < INFO_HEADER) {
      throw new MalformedPhotoException("the BMP file has a header of %d bytes".formatted(size));
    }
    return size == CORE_HEADER;
  }
}
