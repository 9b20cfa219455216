package dev.sightline.client;

/**
 * How heatmaps travel. All but the overlays can be read as numbers; {@link Heatmap} hides the
 * difference.
 */
public enum Encoding {
  /** The grid itself in float32: exact, 196 bytes for 7 × 7. Expanded by the receiver. */
  GRID_FLOAT32(dev.sightline.v1.Encoding.ENCODING_GRID_FLOAT32),

  /** The grid itself in float16: 98 bytes for 7 × 7, within 0.0005 of its range. The default. */
  GRID_FLOAT16(dev.sightline.v1.Encoding.ENCODING_GRID_FLOAT16),

  /** The plane as an 8-bit grey PNG. */
  GREY_PNG(dev.sightline.v1.Encoding.ENCODING_GREY_PNG),

  /** The plane in 8 bits, delta-coded and compressed with zstd. */
  GREY_ZSTD(dev.sightline.v1.Encoding.ENCODING_GREY_ZSTD),

  /** The plane in float32, compressed with zstd. */
  FLOAT32_ZSTD(dev.sightline.v1.Encoding.ENCODING_FLOAT32_ZSTD),

  /** The image with the map drawn over it, as PNG. */
  OVERLAY_PNG(dev.sightline.v1.Encoding.ENCODING_OVERLAY_PNG),

  /** The image with the map drawn over it, as JPEG. */
  OVERLAY_JPEG(dev.sightline.v1.Encoding.ENCODING_OVERLAY_JPEG),

  /** The image with the map drawn over it, as WebP. */
  OVERLAY_WEBP(dev.sightline.v1.Encoding.ENCODING_OVERLAY_WEBP);

  private final dev.sightline.v1.Encoding wire;

  Encoding(dev.sightline.v1.Encoding wire) {
    this.wire = wire;
  }

  /** Whether the grid itself travels. */
  public boolean isGrid() {
    return this == GRID_FLOAT32 || this == GRID_FLOAT16;
  }

  /** Whether a finished picture travels, which cannot be read as numbers. */
  public boolean isOverlay() {
    return this == OVERLAY_PNG || this == OVERLAY_JPEG || this == OVERLAY_WEBP;
  }

  /** The encoding as the protocol names it. */
  public dev.sightline.v1.Encoding toProto() {
    return wire;
  }

  static Encoding of(dev.sightline.v1.Encoding wire) {
    for (Encoding encoding : values()) {
      if (encoding.wire == wire) {
        return encoding;
      }
    }
    throw new IllegalArgumentException("this client does not know the encoding " + wire);
  }
}
