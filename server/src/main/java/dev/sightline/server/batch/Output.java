package dev.sightline.server.batch;

import dev.sightline.v1.Encoding;
import dev.sightline.v1.Scaling;

/**
 * How an answer is written.
 *
 * @param size the size of its maps at pixel level
 * @param encoding how they are written; not unspecified
 * @param scaling whether they are scaled; not unspecified
 * @param predictions how many of the most probable classes it lists
 */
record Output(MapSize size, Encoding encoding, Scaling scaling, int predictions) {

  /** True if maps are drawn over the image's own pixels. */
  boolean overlay() {
    return switch (encoding) {
      case ENCODING_OVERLAY_PNG, ENCODING_OVERLAY_JPEG, ENCODING_OVERLAY_WEBP -> true;
      default -> false;
    };
  }
}
