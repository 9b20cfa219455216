package dev.sightline.client;

/**
 * Where a map is strong: the largest connected component of its pixels at or above a threshold
 * (Zhou et al. 2016, Selvaraju et al. 2017).
 *
 * @param box its bounding box, in pixels of the image that was sent
 * @param area its area, in pixels of the image that was sent
 * @param score the share of the map's evidence that lies in it, 0 to 1
 * @param threshold the share of the map's range that it was cut at
 */
public record MapRegion(Region box, float area, float score, float threshold) {
  static MapRegion of(dev.sightline.v1.MapRegion wire) {
    return new MapRegion(
        Region.of(wire.getBox()), wire.getArea(), wire.getScore(), wire.getThreshold());
  }
}
