package dev.sightline.server.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** PNG files put together chunk by chunk, whether they make sense or not. */
public final class HandmadePng {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  /** A file that has begun. */
  public HandmadePng() {
    file.writeBytes(SIGNATURE);
  }

  /** The header of a picture of 8 bits a channel, grey or of three colours. */
  public HandmadePng header(int width, int height, boolean grey) {
    return chunk(
        "IHDR",
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) 8)
            .put((byte) (grey ? 0 : 2))
            .array());
  }

  /** A chunk with its checksum. */
  public HandmadePng chunk(String type, byte[] data) {
    CRC32 crc = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    crc.update(name);
    crc.update(data);
    file.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    file.writeBytes(name);
    file.writeBytes(data);
    file.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    return this;
  }

  /** The file as it is by now. */
  public byte[] bytes() {
    return file.toByteArray();
  }

  /** The file with its last chunk. */
  public byte[] ended() {
    return chunk("IEND", new byte[0]).bytes();
  }

  /** That many zeros, compressed as PNG has it. */
  public static byte[] zeros(int count) {
    Deflater deflater = new Deflater();
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    byte[] part = new byte[1 << 16];
    byte[] out = new byte[1 << 16];
    for (int left = count; left > 0; left -= part.length) {
      deflater.setInput(part, 0, Math.min(left, part.length));
      while (!deflater.needsInput()) {
        compressed.write(out, 0, deflater.deflate(out));
      }
    }
    deflater.finish();
    while (!deflater.finished()) {
      compressed.write(out, 0, deflater.deflate(out));
    }
    deflater.end();
    return compressed.toByteArray();
  }

  /**
   * The file with the right checksum behind every chunk that lies within it: a decoder that checks
   * them looks no further into a damaged file.
   */
  static byte[] corrected(byte[] png) {
    ByteBuffer file = ByteBuffer.wrap(png.clone());
    int at = SIGNATURE.length;
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
