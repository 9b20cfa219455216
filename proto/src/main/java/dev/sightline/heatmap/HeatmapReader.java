package dev.sightline.heatmap;

import dev.sightline.v1.Encoding;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Upsampling;
import dev.sightline.v1.ValueRange;

/**
 * Reads the heatmaps of a server. Nothing in a message is believed before it was checked: sizes are
 * bounded, lengths must be exact, numbers finite. Thread-safe.
 *
 * <p>Every method throws {@link MalformedHeatmapException} for a message that does not hold what
 * its encoding promises, and for an encoding that does not carry what is asked for.
 */
public final class HeatmapReader {
  private HeatmapReader() {}

  /**
   * The grid of raw values.
   *
   * @param heatmap in a grid encoding
   */
  public static Grid grid(Heatmap heatmap) {
    if (!isGrid(heatmap.getEncoding())) {
      throw new MalformedHeatmapException(
          "%s does not carry the grid".formatted(heatmap.getEncoding()));
    }
    requireSide("grid_height", heatmap.getGridHeight());
    requireSide("grid_width", heatmap.getGridWidth());
    return GridCodec.read(
        heatmap.getEncoding(),
        heatmap.getGridHeight(),
        heatmap.getGridWidth(),
        range(heatmap),
        heatmap.getData());
  }

  /**
   * The map at pixel level in the size that the heatmap names, raw or scaled to [0, 1] as it says.
   *
   * @param heatmap in any encoding but the overlays
   */
  public static Plane plane(Heatmap heatmap) {
    return plane(heatmap, heatmap.getWidth(), heatmap.getHeight());
  }

  /**
   * The map at pixel level in another size. A grid is expanded to it exactly; a plane is resized.
   *
   * @param heatmap in any encoding but the overlays
   * @param width columns, 1 to {@link Plane#MAX_SIDE}
   * @param height rows, 1 to {@link Plane#MAX_SIDE}
   */
  public static Plane plane(Heatmap heatmap, int width, int height) {
    requireSide("width", width);
    requireSide("height", height);
    boolean raw = heatmap.getScaling() == Scaling.SCALING_RAW;
    if (isGrid(heatmap.getEncoding())) {
      Grid grid = grid(heatmap);
      requireKernel(heatmap.getKernel(), grid);
      Plane plane = Expansion.expand(grid, heatmap.getKernel(), width, height);
      return raw ? plane : plane.normalised();
    }
    Plane sent = sent(heatmap, raw);
    if (sent.width() == width && sent.height() == height) {
      return sent;
    }
    Plane resized = sent.resized(width, height);
    return raw ? resized : resized.normalised();
  }

  /**
   * The photograph with the map drawn over it.
   *
   * @param heatmap in an overlay encoding
   */
  public static Photo overlay(Heatmap heatmap) {
    PhotoFormat format =
        switch (heatmap.getEncoding()) {
          case ENCODING_OVERLAY_PNG -> PhotoFormat.PNG;
          case ENCODING_OVERLAY_JPEG -> PhotoFormat.JPEG;
          case ENCODING_OVERLAY_WEBP -> PhotoFormat.WEBP;
          default ->
              throw new MalformedHeatmapException(
                  "%s is not an overlay".formatted(heatmap.getEncoding()));
        };
    try {
      PhotoHeader header = PhotoHeader.read(heatmap.getData().asReadOnlyByteBuffer());
      if (header.format() != format
          || header.width() != heatmap.getWidth()
          || header.height() != heatmap.getHeight()) {
        throw new MalformedHeatmapException(
            "a %s file of %d x %d pixels in place of a %s file of %d x %d"
                .formatted(
                    header.format(),
                    header.width(),
                    header.height(),
                    format,
                    heatmap.getWidth(),
                    heatmap.getHeight()));
      }
      return PhotoCodec.read(heatmap.getData().toByteArray());
    } catch (MalformedPhotoException e) {
      throw new MalformedHeatmapException("the overlay: " + e.getMessage(), e);
    }
  }

  private static Plane sent(Heatmap heatmap, boolean raw) {
    int width = heatmap.getWidth();
    int height = heatmap.getHeight();
    requireSide("width", width);
    requireSide("height", height);
    return switch (heatmap.getEncoding()) {
      case ENCODING_FLOAT32_ZSTD ->
          new Plane(height, width, PlaneCodec.readFloat32Zstd(heatmap.getData(), width, height));
      case ENCODING_GREY_ZSTD ->
          grey(heatmap, raw, PlaneCodec.readGreyZstd(heatmap.getData(), width, height));
      case ENCODING_GREY_PNG ->
          grey(heatmap, raw, PlaneCodec.readGreyPng(heatmap.getData(), width, height));
      default ->
          throw new MalformedHeatmapException(
              "%s does not carry the plane".formatted(heatmap.getEncoding()));
    };
  }

  private static Plane grey(Heatmap heatmap, boolean raw, byte[] grey) {
    ValueRange range = range(heatmap);
    double min = raw ? range.getMin() : 0;
    double step = (raw ? (double) range.getMax() - range.getMin() : 1) / 255;
    float[] values = new float[grey.length];
    for (int i = 0; i < grey.length; i++) {
      values[i] = (float) (min + (grey[i] & 0xff) * step);
    }
    return new Plane(heatmap.getHeight(), heatmap.getWidth(), values);
  }

  private static boolean isGrid(Encoding encoding) {
    return encoding == Encoding.ENCODING_GRID_FLOAT16 || encoding == Encoding.ENCODING_GRID_FLOAT32;
  }

  private static ValueRange range(Heatmap heatmap) {
    ValueRange range = heatmap.getValueRange();
    if (!Float.isFinite(range.getMin())
        || !Float.isFinite(range.getMax())
        || range.getMin() > range.getMax()) {
      throw new MalformedHeatmapException(
          "a value range from %s to %s".formatted(range.getMin(), range.getMax()));
    }
    return range;
  }

  private static void requireKernel(Kernel kernel, Grid grid) {
    boolean gaussian = kernel.getUpsampling() == Upsampling.UPSAMPLING_GAUSSIAN;
    if (!gaussian && kernel.getUpsampling() != Upsampling.UPSAMPLING_BILINEAR) {
      throw new MalformedHeatmapException("the grid has no kernel to expand it");
    }
    if (gaussian) {
      requireSigma("x", kernel.getSigma().getX(), kernel.getInputWidth());
      requireSigma("y", kernel.getSigma().getY(), kernel.getInputHeight());
      if (Math.max(grid.width(), grid.height()) > Expansion.MAX_GAUSSIAN_CELLS) {
        throw new MalformedHeatmapException(
            "a grid of %d x %d; Gaussians expand at most %d cells a side"
                .formatted(grid.height(), grid.width(), Expansion.MAX_GAUSSIAN_CELLS));
      }
    }
  }

  private static void requireSigma(String axis, float sigma, int inputPixels) {
    if (!(sigma > 0) || Float.isInfinite(sigma) || inputPixels < 1) {
      throw new MalformedHeatmapException(
          "a kernel with sigma.%s %s for a network input of %d pixels"
              .formatted(axis, sigma, inputPixels));
    }
  }

  private static void requireSide(String name, int side) {
    if (side < 1 || side > Plane.MAX_SIDE) {
      throw new MalformedHeatmapException(
          "%s is %s; it must be 1 to %d"
              .formatted(name, Integer.toUnsignedString(side), Plane.MAX_SIDE));
    }
  }
}
