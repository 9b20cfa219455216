package dev.sightline.server.app;

import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.SightlineHome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The folders of the models that a user names. */
final class ModelPaths {
  private ModelPaths() {}

  /**
   * The folders of models.
   *
   * @param models names of pulled or added models, or paths of folders, which hold a slash; all
   *     that are in the user's store, if none
   * @throws ModelException if there is none
   */
  static List<Path> resolve(List<String> models) {
    ModelStore store = SightlineHome.of(System.getenv()).models();
    List<Path> folders = new ArrayList<>();
    for (String model : models) {
      Path folder = model.contains("/") ? Path.of(model) : store.folder(model);
      if (!Files.isDirectory(folder)) {
        throw new ModelException(
            "there is no model '%s' at %s; `sightline model pull` fetches one"
                .formatted(model, folder));
      }
      folders.add(folder);
    }
    if (models.isEmpty()) {
      folders.addAll(store.folders());
    }
    if (folders.isEmpty()) {
      throw new ModelException(
          "there is no model in %s; `sightline model pull mobilenet-v1` fetches one"
              .formatted(store.directory()));
    }
    return folders;
  }
}
