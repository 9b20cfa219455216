package dev.sightline.server.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The models of a user: a folder of model folders, each under its model's name.
 *
 * @param directory the folder; it need not exist yet
 */
public record ModelStore(Path directory) {
  /** Writes the bytes of model.onnx or model.pt. */
  @FunctionalInterface
  public interface NetworkFileWriter {
    /** Writes all of them; the stream is closed by the caller. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** The folder of a model of the given name, whether there is one or not. */
  public Path folder(String name) {
    if (!ModelCard.isName(name)) {
      throw new ModelException(
          "'%s' is no model's name: only lower-case letters, digits, '.', '_' and '-'"
              .formatted(name));
    }
    return directory.resolve(name);
  }

  /** The folders of all models, in the order of their names. */
  public List<Path> folders() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(Files::isDirectory)
          .filter(folder -> ModelCard.isName(String.valueOf(folder.getFileName())))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ModelException(directory + " cannot be read", e);
    }
  }

  /**
   * Writes a model whose network is an ONNX graph, as {@link #install(ModelCard, Labels, String,
   * NetworkFileWriter, boolean)} does.
   */
  public ModelFolder install(
      ModelCard card, Labels labels, NetworkFileWriter onnx, boolean replace) {
    return install(card, labels, ModelFolder.ONNX, onnx, replace);
  }

  /**
   * Writes a model: complete, or not at all. It is read back and checked before it gets its name.
   *
   * @param card what model.yaml will say; its checksum is computed here
   * @param labels one a class
   * @param fileName {@link ModelFolder#ONNX} or {@link ModelFolder#TORCH}
   * @param network the network
   * @param replace whether a model of that name may be replaced
   * @return the model as it was read back, at its place
   * @throws ModelException if there is one of that name already, if the files are not right, or if
   *     they cannot be written
   */
  public ModelFolder install(
      ModelCard card, Labels labels, String fileName, NetworkFileWriter network, boolean replace) {
    Path folder = folder(card.name());
    if (!replace && Files.exists(folder)) {
      throw new ModelException(
          "there is a model '%s' at %s already".formatted(card.name(), folder));
    }
    try (ScratchFolder draft = aside(card.name())) {
      Path file = draft.path().resolve(fileName);
      Files.createDirectories(draft.path());
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
        network.writeTo(out);
      }
      Files.write(draft.path().resolve(ModelFolder.LABELS), labels.all());
      Files.writeString(
          draft.path().resolve(ModelFolder.CARD),
          ModelYaml.text(card.withSha256(Checksum.sha256(file))));
      ModelFolder model = ModelFolder.read(draft.path());
      moveInto(draft.path(), folder, card.name());
      return model.movedTo(folder);
    } catch (IOException e) {
      throw new ModelException("%s cannot be written: %s".formatted(folder, e), e);
    }
  }

  private void moveInto(Path draft, Path folder, String name) throws IOException {
    try (ScratchFolder old = aside(name)) {
      boolean replaces = Files.exists(folder);
      if (replaces) {
        move(folder, old.path());
      }
      try {
        move(draft, folder);
      } catch (IOException e) {
        if (replaces) {
          move(old.path(), folder);
        }
        throw e;
      }
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to);
    }
  }

  /** A place beside the models that no model can have, since it starts with a dot. */
  private ScratchFolder aside(String name) {
    return new ScratchFolder(directory.resolve(".%s-%s".formatted(name, UUID.randomUUID())));
  }
}
