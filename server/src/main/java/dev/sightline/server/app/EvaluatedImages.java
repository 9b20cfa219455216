package dev.sightline.server.app;

import dev.sightline.server.app.evaluate.annotation.Boxes;
import dev.sightline.server.app.evaluate.annotation.ImageLabels;
import dev.sightline.server.app.evaluate.annotation.ImageSet;
import dev.sightline.server.app.evaluate.annotation.ObjectMasks;
import dev.sightline.server.model.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sightline evaluate} that say on which images. */
final class EvaluatedImages {
  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR",
      description = "A folder of images, with the folders in it.")
  Path images = Path.of("");

  @Option(
      names = "--labels",
      paramLabel = "FILE|folders",
      description =
          "What the images show: a CSV file with the columns file and label, or the "
              + "word folders if each is in a folder of that name. Without it each image's "
              + "most probable class is explained.")
  @Nullable String labels;

  @Option(
      names = "--boxes",
      paramLabel = "FILE|DIR",
      description =
          "Where the objects are: a PASCAL VOC file or a folder of them (.xml), COCO "
              + "(.json), or .csv with the columns file, label, xmin, ymin, xmax, ymax. "
              + "Images are found by their file names.")
  @Nullable Path boxes;

  @Option(
      names = "--object-masks",
      paramLabel = "DIR",
      description =
          "Which pixels are the object: a folder with cat.png for cat.jpg, of the same "
              + "size, in which they are not black.")
  @Nullable Path masks;

  /** The files of the folder, relative to it; at least one. */
  List<Path> files() {
    List<Path> files = ImageFiles.under(images).stream().map(images::relativize).toList();
    if (files.isEmpty()) {
      throw new ModelException("there is no file in " + images);
    }
    return files;
  }

  /** Reads what is said about them. */
  ImageSet read() {
    List<String> problems = new ArrayList<>();
    Boxes found = boxes == null ? new Boxes() : Boxes.read(boxes, problems::add);
    ImageLabels said = null;
    if (labels != null) {
      said =
          labels.equals(ImageLabels.FOLDERS)
              ? ImageLabels.ofFolders()
              : ImageLabels.read(Path.of(labels), problems::add);
    }
    if (masks != null && !Files.isDirectory(masks)) {
      throw new ModelException("%s is no folder of object masks".formatted(masks));
    }
    return new ImageSet(
        images, said, found, masks == null ? null : new ObjectMasks(masks), problems);
  }

  /** What stands in the head of the table. */
  Map<String, String> asked() {
    Map<String, String> asked = new LinkedHashMap<>();
    asked.put("images", images.toString());
    asked.put("classes", labels == null ? "the most probable of each image" : "labels: " + labels);
    asked.put("boxes", boxes == null ? "none" : boxes.toString());
    asked.put("object masks", masks == null ? "none" : masks.toString());
    return asked;
  }
}
