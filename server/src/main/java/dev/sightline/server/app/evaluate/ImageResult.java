package dev.sightline.server.app.evaluate;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was measured on one image.
 *
 * @param file relative to the folder of the images
 * @param input the SHA-256 of the network's input, by which equal pictures are found
 * @param classIndex the class that was explained
 * @param label its label
 * @param probability its probability on the image as it is
 * @param notes what a reader of its figures should know
 * @param figures by the key of the row and the key of the measure; a figure that there is not, such
 *     as that of a box in an image without one, is missing
 */
public record ImageResult(
    String file,
    String input,
    int classIndex,
    String label,
    double probability,
    List<String> notes,
    Map<String, Map<String, Double>> figures) {

  Path path() {
    return Path.of(file);
  }

  /** A figure; null if there is none. */
  @Nullable Double figure(Row row, Measure measure) {
    return figures.getOrDefault(row.key(), Map.of()).get(measure.key());
  }
}
