package dev.sightline.server.batch;

import dev.sightline.v1.Encoding;
import dev.sightline.v1.Scaling;
import org.jspecify.annotations.Nullable;

/**
 * How an answer is written.
 *
 * @param size the size of its maps at pixel level
 * @param encoding how they are written; not unspecified
 * @param scaling whether they are scaled; not unspecified
 * @param predictions how many of the most probable classes it lists
 * @param regions finds the region of each map; null if none is wanted
 * @param steps whether refined maps come with a picture of each step
 */
record Output(
    MapSize size,
    Encoding encoding,
    Scaling scaling,
    int predictions,
    @Nullable Localiser regions,
    boolean steps) {

  /** True if maps are drawn over the image's own pixels. */
  boolean overlay() {
    return switch (encoding) {
      case ENCODING_OVERLAY_PNG, ENCODING_OVERLAY_JPEG, ENCODING_OVERLAY_WEBP -> true;
      default -> false;
    };
  }
}
