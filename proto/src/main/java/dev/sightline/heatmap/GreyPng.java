package dev.sightline.heatmap;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

/** Planes and masks as 8-bit grey PNG files, as refinements carry them. */
public final class GreyPng {
  private static final byte INSIDE = (byte) 255;

  private GreyPng() {}

  /** A plane: 0 is its minimum, 255 its maximum; a constant plane is all zeros. */
  public static ByteString write(Plane plane) {
    return written(PlaneCodec.grey(plane, plane.min(), plane.max()), plane.width(), plane.height());
  }

  /**
   * A mask: 255 within, 0 without.
   *
   * @param mask height·width flags, row by row
   */
  public static ByteString writeMask(boolean[] mask, int width, int height) {
    Values.requireFilled(height, width, mask.length);
    byte[] grey = new byte[mask.length];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = mask[i] ? INSIDE : 0;
    }
    return written(grey, width, height);
  }

  private static ByteString written(byte[] grey, int width, int height) {
    return UnsafeByteOperations.unsafeWrap(PlaneCodec.greyPng(grey, width, height));
  }

  /**
   * Reads such a file.
   *
   * @return values in [0, 1]; of a mask 1 within and 0 without
   * @throws MalformedHeatmapException if it is no 8-bit grey PNG of that size
   */
  public static Plane read(ByteString png, int width, int height) {
    byte[] grey = PlaneCodec.readGreyPng(png, width, height);
    float[] values = new float[grey.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (grey[i] & 0xff) / 255f;
    }
    return new Plane(height, width, values);
  }
}
