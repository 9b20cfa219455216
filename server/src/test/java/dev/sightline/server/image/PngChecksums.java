package dev.sightline.server.image;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * A decoder that checks them looks no further into a damaged file, so they are made right again.
 */
final class PngChecksums {
  private static final int SIGNATURE = 8;

  private PngChecksums() {}

  /** The file with the right checksum behind every chunk that lies within it. */
  static byte[] corrected(byte[] png) {
    ByteBuffer file = ByteBuffer.wrap(png.clone());
    int at = SIGNATURE;
    while (at + 12 <= png.length) {
      int length = file.getInt(at);
      if (length < 0 || length > png.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(file.array(), at + 4, length + 4);
      file.putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
    return file.array();
  }
}
