package dev.sightline.server.image;

/**
 * The largest image that is taken.
 *
 * @param maxPixels width times height, 1 to {@link #MOST_PIXELS}
 * @param maxEncodedBytes the length of an encoded file, at least 1
 */
public record ImageLimits(long maxPixels, int maxEncodedBytes) {

  /** As many as fit in one array at three bytes each. */
  public static final long MOST_PIXELS = Integer.MAX_VALUE / 3 - 8;

  /** 7680 x 4320 pixels, and files of 16 MiB. */
  public static final ImageLimits DEFAULT = new ImageLimits(7680L * 4320, 16 << 20);

  /** Checks that the limits are in their ranges. */
  public ImageLimits {
    if (maxPixels < 1 || maxPixels > MOST_PIXELS || maxEncodedBytes < 1) {
      throw new IllegalArgumentException(
          "limits of %d pixels (1 to %d) and %d bytes (at least 1)"
              .formatted(maxPixels, MOST_PIXELS, maxEncodedBytes));
    }
  }
}
