package dev.sightline.server.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever stands in the files beside a network. */
class ModelFolderFuzzTest {
  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    TinyNetwork.write(folder.resolve(ModelFolder.ONNX));
  }

  static Stream<Arguments> files() {
    ModelCard card = TinyNetwork.card("tiny", Map.of("relu3", new Sigma(2, 3)));
    return Stream.of(
        Arguments.of(
            ModelYaml.text(card).getBytes(StandardCharsets.UTF_8),
            String.join("\n", TinyNetwork.LABELS.all()).getBytes(StandardCharsets.UTF_8)));
  }

  @MethodSource("files")
  @FuzzTest
  void aFolderIsReadOrRefused(byte @NotNull [] card, byte @NotNull [] labels) throws IOException {
    Files.write(folder.resolve(ModelFolder.CARD), card);
    Files.write(folder.resolve(ModelFolder.LABELS), labels);
    try {
      ModelFolder unused = ModelFolder.read(folder);
    } catch (ModelException e) {
      // The one that is declared.
    }
  }
}
