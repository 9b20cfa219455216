package dev.sightline.server.model;

import dev.sightline.server.engine.BackendOpener;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models that a server serves. Immutable but for its backends; thread-safe. */
public final class ModelRepository implements AutoCloseable {
  private final Map<String, ServedModel> models;
  private final ServedModel defaultModel;

  private ModelRepository(Map<String, ServedModel> models) {
    this.models = models;
    this.defaultModel = models.values().iterator().next();
  }

  /**
   * Reads models and opens the backend of each one's default layer.
   *
   * @param folders the models' folders, at least one; the first is the default model
   * @param opener loads networks into an engine
   * @throws ModelException if a folder is not right, two models have one name, or there are none
   * @throws dev.sightline.server.engine.EngineException if the engine does not take a network
   */
  public static ModelRepository load(List<Path> folders, BackendOpener opener) {
    if (folders.isEmpty()) {
      throw new ModelException("there is no model to serve");
    }
    Map<String, ServedModel> models = new LinkedHashMap<>();
    try {
      for (Path path : folders) {
        ModelFolder folder = ModelFolder.read(path);
        if (models.containsKey(folder.name())) {
          throw new ModelException(
              "%s: there is another model '%s'"
                  .formatted(path.resolve(ModelFolder.CARD), folder.name()));
        }
        models.put(folder.name(), new ServedModel(folder, opener));
      }
      return new ModelRepository(models);
    } catch (RuntimeException e) {
      models.values().forEach(ServedModel::close);
      throw e;
    }
  }

  /** A model by its name; empty means the default model. */
  public Optional<ServedModel> find(String name) {
    return name.isEmpty() ? Optional.of(defaultModel) : Optional.ofNullable(models.get(name));
  }

  /** The model that is taken where none is named. */
  public ServedModel defaultModel() {
    return defaultModel;
  }

  /** All models in the order of their names. */
  public List<ServedModel> all() {
    return models.values().stream().sorted(Comparator.comparing(ServedModel::name)).toList();
  }

  @Override
  public void close() {
    models.values().forEach(ServedModel::close);
  }
}
