package dev.sightline.heatmap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The container of a WebP file. */
final class WebpFile {
  private static final int LOSSY = 0x20385056; // "VP8 "
  private static final int LOSSLESS = 0x4c385056; // "VP8L"
  private static final int EXTENDED = 0x58385056; // "VP8X"
  private static final int PAYLOAD = 20;
  private static final int ANIMATION_FLAG = 0x02;

  private WebpFile() {}

  static PhotoHeader header(ByteBuffer file) {
    file.order(ByteOrder.LITTLE_ENDIAN);
    switch (file.getInt(12)) {
      case LOSSY -> {
        if (file.get(PAYLOAD + 3) != (byte) 0x9d
            || file.get(PAYLOAD + 4) != 0x01
            || file.get(PAYLOAD + 5) != 0x2a) {
          throw new MalformedPhotoException("the WebP file does not begin with a key frame");
        }
        int width = file.getShort(PAYLOAD + 6) & 0x3fff;
        int height = file.getShort(PAYLOAD + 8) & 0x3fff;
        return new PhotoHeader(PhotoFormat.WEBP, width, height);
      }
      case LOSSLESS -> {
        int bits = file.getInt(PAYLOAD + 1);
        return new PhotoHeader(PhotoFormat.WEBP, (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
      }
      case EXTENDED -> {
        if ((file.get(PAYLOAD) & ANIMATION_FLAG) != 0) {
          throw new MalformedPhotoException("the WebP file is an animation; send its frames");
        }
        return new PhotoHeader(PhotoFormat.WEBP, int24(file, 24) + 1, int24(file, 27) + 1);
      }
      default -> throw new MalformedPhotoException("the WebP file does not begin with an image");
    }
  }

  static void requireComplete(ByteBuffer file) {
    file.order(ByteOrder.LITTLE_ENDIAN);
    long length = (file.getInt(4) & 0xffffffffL) + 8;
    if (length > file.limit()) {
      throw PhotoHeader.cutOff(PhotoFormat.WEBP, file);
    }
  }

  private static int int24(ByteBuffer file, int at) {
    return (file.getShort(at) & 0xffff) | (file.get(at + 2) & 0xff) << 16;
  }
}
