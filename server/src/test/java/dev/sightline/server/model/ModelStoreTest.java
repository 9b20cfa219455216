package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
  private final ModelStore store;

  ModelStoreTest(@TempDir Path home) {
    store = SightlineHome.of(Map.of("SIGHTLINE_HOME", home.toString())).models();
  }

  @Test
  void homeIsInTheUsersFolderUnlessTheEnvironmentSaysOtherwise() {
    assertThat(SightlineHome.of(Map.of()).directory())
        .isEqualTo(Path.of(System.getProperty("user.home"), ".sightline"));
  }

  @Test
  void storeWithoutAFolderIsEmpty() {
    assertThat(store.folders()).isEmpty();
  }

  @Test
  void modelIsReplacedOnlyOnDemand() throws IOException {
    TinyNetwork.install(store, "tiny");
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> TinyNetwork.install(store, "tiny"))
        .withMessageContaining("there is a model 'tiny' at ");

    store.install(
        TinyNetwork.card("tiny", Map.of()),
        new Labels(List.of("cat", "dog")),
        TinyNetwork.onnx()::writeTo,
        true);

    assertThat(ModelFolder.read(store.folder("tiny")).labels().label(0)).isEqualTo("cat");
    assertThat(everything()).containsExactly("tiny");
  }

  @Test
  void modelThatFailsItsChecksLeavesNothingBehind() throws IOException {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(
            () ->
                store.install(
                    TinyNetwork.card("tiny", Map.of()),
                    new Labels(List.of("cat")),
                    TinyNetwork.onnx()::writeTo,
                    false))
        .withMessageContaining("labels.txt has 1 labels where the network has 2 classes");
    assertThat(everything()).isEmpty();
  }

  @Test
  void nameThatLeadsElsewhereIsNone() {
    for (String name : List.of("..", "../x", "a/b", "", "A", ".hidden")) {
      assertThatExceptionOfType(ModelException.class).isThrownBy(() -> store.folder(name));
    }
  }

  private List<String> everything() throws IOException {
    try (Stream<Path> files = Files.list(store.directory())) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }
}
