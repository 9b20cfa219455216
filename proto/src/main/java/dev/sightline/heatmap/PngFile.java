package dev.sightline.heatmap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The chunks of a PNG file. */
final class PngFile {
  private static final int SIGNATURE = 8;
  private static final int IHDR = 0x49484452;
  private static final int IEND = 0x49454e44;
  private static final int IDAT = 0x49444154;

  private PngFile() {}

  static PhotoHeader header(ByteBuffer file) {
    file.order(ByteOrder.BIG_ENDIAN);
    if (file.getInt(SIGNATURE) != 13 || file.getInt(SIGNATURE + 4) != IHDR) {
      throw new MalformedPhotoException("the PNG file does not begin with its header");
    }
    int width = file.getInt(SIGNATURE + 8);
    int height = file.getInt(SIGNATURE + 12);
    if (width < 0 || height < 0) {
      throw new MalformedPhotoException("the PNG file has more than 2^31 - 1 rows or columns");
    }
    return new PhotoHeader(PhotoFormat.PNG, width, height);
  }

  /** Whether it holds 8-bit grey values. */
  static boolean isGrey8(ByteBuffer file) {
    return file.get(SIGNATURE + 16) == 8 && file.get(SIGNATURE + 17) == 0;
  }

  static void requireComplete(ByteBuffer file) {
    file.order(ByteOrder.BIG_ENDIAN);
    boolean data = false;
    long at = SIGNATURE;
    while (at + 12 <= file.limit()) {
      long length = file.getInt((int) at) & 0xffffffffL;
      int type = file.getInt((int) at + 4);
      at += 12 + length;
      if (at > file.limit()) {
        break;
      }
      data |= type == IDAT;
      if (type == IEND) {
        if (!data) {
          throw new MalformedPhotoException("the PNG file has no pixels");
        }
        return;
      }
    }
    throw PhotoHeader.cutOff(PhotoFormat.PNG, file);
  }
}
