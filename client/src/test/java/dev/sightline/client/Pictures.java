package dev.sightline.client;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;

/** Small photographs to send. */
public final class Pictures {
  private Pictures() {}

  /** A colour gradient. */
  public static Photo photo(int width, int height) {
    byte[] bgr = new byte[3 * width * height];
    for (int i = 0; i < bgr.length; i++) {
      bgr[i] = (byte) (255L * i / bgr.length);
    }
    return new Photo(width, height, bgr);
  }

  /** The gradient as a PNG file. */
  public static byte[] png(int width, int height) {
    return PhotoCodec.write(photo(width, height), PhotoFormat.PNG);
  }

  static dev.sightline.v1.Image encoded(int width, int height) {
    return dev.sightline.v1.Image.newBuilder()
        .setEncoded(ByteString.copyFrom(png(width, height)))
        .build();
  }
}
