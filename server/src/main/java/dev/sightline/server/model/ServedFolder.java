package dev.sightline.server.model;

import dev.sightline.server.engine.EngineException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder whose model is in service, looked at every now and then. What is new in it is read once
 * it has been the same for two looks, and taken only if it still is when the engine has it open: so
 * a copy under way is left alone, and no model is of two versions. What is new but unfit is told in
 * the log, once, and what was there before stays.
 *
 * <p>Not thread-safe, but for {@link #model}.
 */
final class ServedFolder {
  private static final Logger log = LoggerFactory.getLogger(ServedFolder.class);

  private final Path path;
  private volatile ServedModel model;

  /** What was read last, taken or not. */
  private FolderStamp read;

  private FolderStamp seen;

  /**
   * A folder in service.
   *
   * @param model what was read from it
   * @param stamp what the folder looked like before that
   */
  ServedFolder(Path path, ServedModel model, FolderStamp stamp) {
    this.path = path;
    this.model = model;
    this.read = stamp;
    this.seen = stamp;
  }

  /** The model in service. */
  ServedModel model() {
    return model;
  }

  /**
   * Looks at the folder.
   *
   * @param opener puts a model into service
   * @return the model that is in service from now on, if there is a new one; the one before it is
   *     still open
   */
  Optional<ServedModel> look(Function<ModelFolder, ServedModel> opener) {
    FolderStamp now = FolderStamp.of(path);
    boolean settled = now.equals(seen);
    seen = now;
    if (!settled || now.equals(read)) {
      return Optional.empty();
    }
    ServedModel next;
    try {
      next = opener.apply(successor());
    } catch (RuntimeException | Error e) {
      // What is written to while it is read may look like anything.
      if (unchangedSince(now)) {
        refuse(e);
      }
      return Optional.empty();
    }
    if (!unchangedSince(now)) {
      next.close();
      return Optional.empty();
    }
    model = next;
    return Optional.of(next);
  }

  private ModelFolder successor() {
    ModelFolder folder = ModelFolder.read(path);
    if (!folder.name().equals(model.name())) {
      throw new ModelException(
          "%s: the name is '%s' where that of the model in service is '%s'"
              .formatted(path.resolve(ModelFolder.CARD), folder.name(), model.name()));
    }
    return folder;
  }

  private boolean unchangedSince(FolderStamp before) {
    if (!FolderStamp.of(path).equals(before)) {
      return false;
    }
    read = before;
    return true;
  }

  private void refuse(Throwable why) {
    if (why instanceof ModelException || why instanceof EngineException) {
      log.warn("Model {} changed, but stays as it was: {}", model.name(), why.getMessage());
    } else {
      log.error("Model {} changed, but stays as it was", model.name(), why);
    }
  }
}
