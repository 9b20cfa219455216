package dev.sightline.server.image;

import java.io.ByteArrayOutputStream;

/** Grey JPEG files put together marker by marker, whether they make sense or not. */
public final class HandmadeJpeg {
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  private HandmadeJpeg() {
    hex("ffd8");
  }

  /**
   * A progressive file of one scan for the mean of each block, and then the same scan for one
   * frequency again and again: ten bytes, for which a decoder goes over all blocks.
   */
  public static byte[] ofManyScans(int width, int height, int scans) {
    HandmadeJpeg jpeg = new HandmadeJpeg().quantisation().frame(0xc2, width, height);
    // Two Huffman tables of one code each: "no difference" for means, "all blocks end" for the
    // rest.
    jpeg.hex("ffc4001400" + "01" + "00".repeat(15) + "00");
    jpeg.hex("ffc4001410" + "01" + "00".repeat(15) + "e0");
    jpeg.hex("ffda0008010100000000");
    for (int scan = 0; scan < scans; scan++) {
      jpeg.hex("ffda0008010100010100");
    }
    return jpeg.hex("ffd9").file.toByteArray();
  }

  /** A file whose frame header has that size, with nothing in its one scan. */
  public static byte[] empty(int width, int height) {
    return new HandmadeJpeg()
        .quantisation()
        .frame(0xc0, width, height)
        .hex("ffc4001400" + "01" + "00".repeat(15) + "00")
        .hex("ffda0008010100003f00ffd9")
        .file
        .toByteArray();
  }

  private HandmadeJpeg quantisation() {
    return hex("ffdb004300" + "01".repeat(64));
  }

  private HandmadeJpeg frame(int marker, int width, int height) {
    return hex("ff%02x000b08%04x%04x01011100".formatted(marker, height, width));
  }

  private HandmadeJpeg hex(String bytes) {
    file.writeBytes(java.util.HexFormat.of().parseHex(bytes));
    return this;
  }
}
