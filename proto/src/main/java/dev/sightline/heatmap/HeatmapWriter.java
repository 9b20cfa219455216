package dev.sightline.heatmap;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.HeatmapFlag;
import dev.sightline.v1.Region;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.ValueRange;
import org.jspecify.annotations.Nullable;

/** Writes a method's grid into a heatmap message, in any encoding. Thread-safe. */
public final class HeatmapWriter {
  private HeatmapWriter() {}

  /**
   * Writes a map: grid size, encoding, data, plane size, scaling, value range and flags. An
   * unspecified encoding or scaling becomes its default. The flags speak of the grid, whatever the
   * encoding.
   *
   * <p>An overlay is a picture of {@code width} x {@code height}: the background resized to it,
   * with the map drawn into the part that {@code region} takes of it, in the style of its method,
   * and the box of the heatmap's own region around it, if it has one.
   *
   * @param grid the raw map; NaN and infinities are replaced by zero and flagged
   * @param width columns of the plane, 1 to {@link Plane#MAX_SIDE}
   * @param height rows of the plane, 1 to {@link Plane#MAX_SIDE}
   * @param background the photograph, for the overlay encodings alone
   * @param region the part of the background that the map covers, in its pixels; null for all of it
   * @param into a heatmap whose method and kernel are set, its region in pixels of the background;
   *     what else it holds is kept
   * @throws IllegalArgumentException if a size or the kernel is out of range, or an overlay has no
   *     background
   */
  public static void write(
      Grid grid,
      int width,
      int height,
      Encoding encoding,
      Scaling scaling,
      @Nullable Photo background,
      @Nullable Region region,
      Heatmap.Builder into) {
    Grid finite = grid.finite();
    Encoding written =
        encoding == Encoding.ENCODING_UNSPECIFIED ? Encoding.ENCODING_GRID_FLOAT16 : encoding;
    boolean raw = scaling == Scaling.SCALING_RAW;
    into.setGridHeight(grid.height())
        .setGridWidth(grid.width())
        .setEncoding(written)
        .setWidth(width)
        .setHeight(height)
        .setScaling(raw ? Scaling.SCALING_RAW : Scaling.SCALING_NORMALISED)
        .setValueRange(range(finite.min(), finite.max()));
    flag(grid, finite, into);
    switch (written) {
      case ENCODING_GRID_FLOAT32 -> into.setData(bytes(GridCodec.float32(finite.values())));
      case ENCODING_GRID_FLOAT16 ->
          into.setData(bytes(GridCodec.float16(finite.values(), finite.min(), finite.max())));
      case ENCODING_GREY_PNG, ENCODING_GREY_ZSTD, ENCODING_FLOAT32_ZSTD ->
          writePlane(Expansion.expand(finite, into.getKernel(), width, height), raw, into);
      case ENCODING_OVERLAY_PNG -> writeOverlay(finite, background, region, PhotoFormat.PNG, into);
      case ENCODING_OVERLAY_JPEG ->
          writeOverlay(finite, background, region, PhotoFormat.JPEG, into);
      case ENCODING_OVERLAY_WEBP ->
          writeOverlay(finite, background, region, PhotoFormat.WEBP, into);
      default -> throw new IllegalArgumentException("unknown encoding " + written);
    }
  }

  private static void flag(Grid grid, Grid finite, Heatmap.Builder into) {
    if (finite.min() == 0 && finite.max() == 0) {
      into.addFlags(HeatmapFlag.HEATMAP_FLAG_ZERO);
    } else if (finite.min() == finite.max()) {
      into.addFlags(HeatmapFlag.HEATMAP_FLAG_CONSTANT);
    }
    if (!Values.allFinite(grid.values())) {
      into.addFlags(HeatmapFlag.HEATMAP_FLAG_NON_FINITE);
    }
  }

  private static void writePlane(Plane plane, boolean raw, Heatmap.Builder into) {
    float min = plane.min();
    float max = plane.max();
    into.setValueRange(range(min, max));
    into.setData(
        bytes(
            switch (into.getEncoding()) {
              case ENCODING_GREY_PNG ->
                  PlaneCodec.greyPng(
                      PlaneCodec.grey(plane, min, max), plane.width(), plane.height());
              case ENCODING_GREY_ZSTD ->
                  PlaneCodec.greyZstd(PlaneCodec.grey(plane, min, max), plane.width());
              default ->
                  PlaneCodec.float32Zstd(
                      raw ? plane.values() : Values.normalised(plane.values(), min, max));
            }));
  }

  private static void writeOverlay(
      Grid grid,
      @Nullable Photo background,
      @Nullable Region region,
      PhotoFormat format,
      Heatmap.Builder into) {
    if (background == null) {
      throw new IllegalArgumentException("an overlay needs a photograph to lie over");
    }
    Photo photo = background.resized(into.getWidth(), into.getHeight());
    PixelRegion covered = PixelRegion.of(region, background, photo);
    Plane plane = Expansion.expand(grid, into.getKernel(), covered.width(), covered.height());
    into.setValueRange(range(plane.min(), plane.max()));
    Photo drawn =
        Overlay.drawInto(covered, photo, plane.normalised(), OverlayStyle.of(into.getMethod()));
    if (into.hasRegion()) {
      Region box = into.getRegion().getBox();
      drawn = Overlay.outline(drawn, PixelRegion.scaled(box, background, photo));
    }
    into.setData(bytes(PhotoCodec.write(drawn, format)));
  }

  private static ValueRange range(float min, float max) {
    return ValueRange.newBuilder().setMin(min).setMax(max).build();
  }

  private static ByteString bytes(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }
}
