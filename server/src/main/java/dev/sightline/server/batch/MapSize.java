package dev.sightline.server.batch;

import dev.sightline.v1.OutputSize;
import dev.sightline.v1.SizeReference;

/**
 * The size of maps at pixel level.
 *
 * @param reference what it follows; not unspecified
 * @param width columns, if it is fixed
 * @param height rows, if it is fixed
 * @param maps how many maps of that size an answer holds; 0 if it holds grids
 * @param maxPixels pixels that the maps of one answer may have in all
 */
record MapSize(SizeReference reference, int width, int height, int maps, long maxPixels) {
  private static final int MAX_SIDE = 8192;

  static MapSize of(OutputSize asked, Target target, int maps, long maxPixels)
      throws RefusedException {
    SizeReference reference = asked.getReference();
    int width = target.input().width();
    int height = target.input().height();
    switch (reference) {
      case SIZE_REFERENCE_GIVEN -> {
        width = asked.getWidth();
        height = asked.getHeight();
      }
      case SIZE_REFERENCE_UNSPECIFIED -> reference = SizeReference.SIZE_REFERENCE_MODEL_INPUT;
      case SIZE_REFERENCE_MODEL_INPUT, SIZE_REFERENCE_ORIGINAL -> {}
      case UNRECOGNIZED ->
          throw refused("%d is no size reference.".formatted(asked.getReferenceValue()));
    }
    if (asked.getReference() != SizeReference.SIZE_REFERENCE_GIVEN
        && (asked.getWidth() != 0 || asked.getHeight() != 0)) {
      throw refused("width and height go with SIZE_REFERENCE_GIVEN only.");
    }
    MapSize size = new MapSize(reference, width, height, maps, maxPixels);
    return reference == SizeReference.SIZE_REFERENCE_ORIGINAL ? size : size.checked();
  }

  /** The size for an image of its own size. */
  MapSize on(int imageWidth, int imageHeight) throws RefusedException {
    if (reference != SizeReference.SIZE_REFERENCE_ORIGINAL) {
      return this;
    }
    return new MapSize(reference, imageWidth, imageHeight, maps, maxPixels).checked();
  }

  private MapSize checked() throws RefusedException {
    if (width < 1 || width > MAX_SIDE || height < 1 || height > MAX_SIDE) {
      throw refused(
          "Maps of %s x %s pixels were asked for; each side may be 1 to %d."
              .formatted(
                  Integer.toUnsignedString(width), Integer.toUnsignedString(height), MAX_SIDE));
    }
    if ((long) maps * width * height > maxPixels) {
      throw refused(
          "%d maps of %d x %d pixels were asked for; one answer may hold %d pixels in all."
              .formatted(maps, width, height, maxPixels));
    }
    return this;
  }

  private static RefusedException refused(String message) {
    return RefusedException.option("output_size", message);
  }
}
