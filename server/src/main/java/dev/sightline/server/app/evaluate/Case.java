package dev.sightline.server.app.evaluate;

import java.util.List;

/**
 * An image of which the page shows the maps.
 *
 * @param why such as "best"
 * @param result its figures
 * @param photo what the network sees, as a JPEG file, with what is known of the object
 * @param maps drawn over it, one a row of the table
 */
record Case(String why, ImageResult result, byte[] photo, List<Drawn> maps) {

  /**
   * A map over its image.
   *
   * @param row whose map it is
   * @param jpeg the file
   */
  record Drawn(Row row, byte[] jpeg) {}

  /** What its pictures take in the page. */
  long bytes() {
    return photo.length + maps.stream().mapToLong(map -> map.jpeg().length).sum();
  }
}
