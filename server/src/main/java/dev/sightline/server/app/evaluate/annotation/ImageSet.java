package dev.sightline.server.app.evaluate.annotation;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The images to measure on, and what is said about them.
 *
 * @param folder the folder that the images' files are relative to
 * @param labels what they show; null to explain each image's most probable class
 * @param boxes where it is; may be none
 * @param masks its pixels, or null
 * @param problems what of all this could not be read, a line each
 */
public record ImageSet(
    Path folder,
    @Nullable ImageLabels labels,
    Boxes boxes,
    @Nullable ObjectMasks masks,
    List<String> problems) {

  /** Keeps the lines. */
  public ImageSet {
    problems = List.copyOf(problems);
  }

  /** Images of which nothing is said. */
  public static ImageSet of(Path folder) {
    return new ImageSet(folder, null, new Boxes(), null, List.of());
  }
}
