package dev.sightline.server.model;

import dev.sightline.server.engine.BackendOpener;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that a server serves: always the same names, each with the newest version of its
 * folder that was fit when it was last looked for. Thread-safe.
 */
public final class ModelRepository implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelRepository.class);

  private final Map<String, ServedFolder> models = new LinkedHashMap<>();
  private final BackendOpener opener;
  private final int keptBackends;
  private boolean closed;

  private ModelRepository(BackendOpener opener, int keptBackends) {
    this.opener = opener;
    this.keptBackends = keptBackends;
  }

  /** As {@link #load(List, BackendOpener, int)}, with {@link ServedModel#KEPT_BACKENDS}. */
  public static ModelRepository load(List<Path> folders, BackendOpener opener) {
    return load(folders, opener, ServedModel.KEPT_BACKENDS);
  }

  /**
   * Reads models and opens the backend of each one's default layer.
   *
   * @param folders the models' folders, at least one; the first is the default model
   * @param opener loads networks into an engine
   * @param keptBackends how many backends beside the first each model keeps open while nobody uses
   *     them, at least 1
   * @throws ModelException if a folder is not right, two models have one name, or there are none
   * @throws dev.sightline.server.engine.EngineException if the engine does not take a network
   */
  public static ModelRepository load(List<Path> folders, BackendOpener opener, int keptBackends) {
    if (folders.isEmpty()) {
      throw new ModelException("there is no model to serve");
    }
    ModelRepository repository = new ModelRepository(opener, keptBackends);
    try {
      folders.forEach(repository::add);
      return repository;
    } catch (RuntimeException e) {
      repository.close();
      throw e;
    }
  }

  private void add(Path path) {
    FolderStamp stamp = FolderStamp.of(path);
    ModelFolder folder = ModelFolder.read(path);
    if (models.containsKey(folder.name())) {
      throw new ModelException(
          "%s: there is another model '%s'"
              .formatted(path.resolve(ModelFolder.CARD), folder.name()));
    }
    models.put(folder.name(), new ServedFolder(path, open(folder), stamp));
  }

  private ServedModel open(ModelFolder folder) {
    return new ServedModel(folder, opener, keptBackends);
  }

  /**
   * Looks at every folder once, and replaces the models of those that have changed and have then
   * been the same for two looks. One that is not right, or that the engine does not take, is told
   * in the log, and the model stays as it was.
   *
   * @param replaced told of each model that took the place of the one of its name, which is the
   *     receiver's to close from then on
   */
  public synchronized void look(Consumer<ServedModel> replaced) {
    if (closed) {
      return;
    }
    for (ServedFolder folder : models.values()) {
      folder
          .look(this::open)
          .ifPresent(
              model -> {
                replaced.accept(model);
                log.info("Model {} changed, and is served as it is now", model.name());
              });
    }
  }

  /** A model by its name; empty means the default model. */
  public Optional<ServedModel> find(String name) {
    return name.isEmpty()
        ? Optional.of(defaultModel())
        : Optional.ofNullable(models.get(name)).map(ServedFolder::model);
  }

  /** The model that is taken where none is named. */
  public ServedModel defaultModel() {
    return models.values().iterator().next().model();
  }

  /** All models in the order of their names. */
  public List<ServedModel> all() {
    return models.values().stream()
        .map(ServedFolder::model)
        .sorted(Comparator.comparing(ServedModel::name))
        .toList();
  }

  /** Closes the models that are in it now, and replaces none any more. */
  @Override
  public synchronized void close() {
    closed = true;
    models.values().forEach(folder -> folder.model().close());
  }
}
