package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Resize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  private final ModelStore store;
  private final Path folder;

  ModelFolderTest(@TempDir Path home) {
    store = new SightlineHome(home).models();
    folder = TinyNetwork.install(store, "tiny").path();
  }

  @Test
  void whatWasInstalledIsReadBack() {
    ModelFolder model = ModelFolder.read(folder);

    assertThat(model.name()).isEqualTo("tiny");
    assertThat(model.card().description()).isEqualTo("six convolutions");
    assertThat(model.inputShape()).isEqualTo(new InputShape(3, 8, 8));
    assertThat(model.preprocessing().mean()).containsExactly(1, 2, 3);
    assertThat(model.preprocessing().std()).containsExactly(4, 5, 6);
    assertThat(model.preprocessing().resize()).isEqualTo(Resize.centerCrop(9));
    assertThat(model.labels().all()).containsExactly("n02123045 tabby", "dog, hound");
    assertThat(model.defaultLayer()).isEqualTo("relu6");
    assertThat(model.card().sha256()).hasSize(64);
    assertThat(store.folders()).containsExactly(folder);
  }

  @Test
  void everyMissingFileIsNamed() throws IOException {
    for (String file : List.of("labels.txt", "model.onnx", "model.yaml")) {
      byte[] bytes = Files.readAllBytes(folder.resolve(file));
      Files.delete(folder.resolve(file));
      assertRefused(file + " is missing");
      Files.write(folder.resolve(file), bytes);
    }
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelFolder.read(folder.resolve("nowhere")))
        .withMessageEndingWith("nowhere is no folder of a model");
  }

  @Test
  void networkThatWasChangedIsRefusedByItsChecksum() throws IOException {
    Path onnx = folder.resolve("model.onnx");
    byte[] bytes = Files.readAllBytes(onnx);
    bytes[bytes.length / 2] ^= 1;
    Files.write(onnx, bytes);

    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelFolder.read(folder))
        .withMessageMatching(
            ".*model\\.onnx has the SHA-256 \\p{XDigit}{64} where model\\.yaml"
                + " says \\p{XDigit}{64}");
  }

  @Test
  void truncatedNetworkIsRefusedEvenWithoutAChecksum() throws IOException {
    Path onnx = folder.resolve("model.onnx");
    replaceInCard("(?m)^sha256: .*$", "");
    byte[] bytes = Files.readAllBytes(onnx);
    Files.write(onnx, Arrays.copyOf(bytes, bytes.length / 2));

    assertRefused("model.onnx is truncated or not an ONNX file");
  }

  @Test
  void wrongNumberOfLabelsIsRefused() throws IOException {
    Files.writeString(folder.resolve("labels.txt"), "one\ntwo\nthree\n");
    assertRefused("labels.txt has 3 labels where the network has 2 classes");
  }

  @Test
  void blankAndUnreadableLabelsAreRefused() throws IOException {
    Files.writeString(folder.resolve("labels.txt"), "one\n \n");
    assertRefused("labels.txt: label 1 is blank");
    Files.write(folder.resolve("labels.txt"), new byte[] {'a', (byte) 0xff, '\n', 'b'});
    assertRefused("labels.txt is not a text file in UTF-8");
  }

  @Test
  void unknownKeysAreRefusedByTheirNames() throws IOException {
    replaceInCard("(?m)^license:", "licence:");
    assertRefused("model.yaml: unknown key 'licence'");
    replaceInCard("(?m)^licence:", "license:");
    replaceInCard("  resize:", "  rezise:");
    assertRefused("model.yaml: unknown key 'input.rezise'");
  }

  @Test
  void missingDoubledAndWrongKeysAreNamed() throws IOException {
    String whole = Files.readString(folder.resolve("model.yaml"));
    Map<String, String> wrong =
        Map.of(
            whole.replaceFirst("description: .*\n", ""),
            "model.yaml: key 'description' is missing",
            whole.replaceFirst("  resize: .*\n", ""),
            "model.yaml: key 'input.resize' is missing",
            whole + "name: again\n",
            "Duplicate field 'name'",
            whole.replace("center-crop:9", "zoom"),
            "model.yaml: input: resize 'zoom' is neither 'stretch' nor such as 'center-crop:256'",
            whole.replace("center-crop:9", "center-crop:7"),
            "model.yaml: input.resize is 'center-crop:7', from which no input of 8 x 8 can be cut",
            whole.replace("name: tiny", "name: ../tiny"),
            "model.yaml: name '../tiny' may only have",
            whole.replace("RGB", "GREY"),
            "model.yaml: input: 3 means and 3 stds for the 1 channels of GREY",
            whole.replace("- 4.0", "- 0"),
            "model.yaml: input: channel 0 has the mean 1.0 and the std 0.0",
            whole + "layer: conv9\n",
            "model.yaml: layer: there is no layer 'conv9'",
            whole.replace("sigma: {}", "sigma: {relu6: {x: 0, y: 1}}"),
            "model.yaml: sigma.relu6: sigma 0.0, 1.0 is not positive");
    for (Map.Entry<String, String> each : wrong.entrySet()) {
      Files.writeString(folder.resolve("model.yaml"), each.getKey());
      assertRefused(each.getValue());
    }
  }

  @Test
  void truncatedCardIsRefused() throws IOException {
    String whole = Files.readString(folder.resolve("model.yaml"));
    Files.writeString(folder.resolve("model.yaml"), whole.substring(0, whole.indexOf("mean")));
    assertRefused("model.yaml: key 'input.mean' is missing");
    Files.writeString(folder.resolve("model.yaml"), "name: \"tiny");
    assertRefused("model.yaml is not YAML: ");
    Files.writeString(folder.resolve("model.yaml"), "");
    assertRefused("model.yaml");
  }

  @Test
  void expansionNetworkIsReadWithTheModelAndTheNetworksChecksumStays() throws IOException {
    assertThat(ModelFolder.read(folder).expansion()).isEmpty();
    TinyExpansion.beside(ModelFolder.read(folder));

    ModelFolder model = ModelFolder.read(folder);
    assertThat(model.expansion().orElseThrow().layers())
        .containsExactly(model.graph().layer("relu6"));
    assertThat(model.expansionObstacle()).isEmpty();
    assertThat(model.withSigma("relu5", new Sigma(2, 3)).expansion()).isPresent();
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("model.onnx", "model.yaml", "labels.txt", "expansion.onnx");
  }

  @Test
  void expansionNetworkOfAnotherModelIsRefusedAndThatOfTheModelStays() throws IOException {
    TinyExpansion.beside(ModelFolder.read(folder));
    byte[] bytes = Files.readAllBytes(folder.resolve("expansion.onnx"));
    ModelProto other =
        ModelProto.parseFrom(
            new String(bytes, StandardCharsets.ISO_8859_1)
                .replace("relu6", "relu7")
                .getBytes(StandardCharsets.ISO_8859_1));
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelFolder.read(folder).withExpansion(other))
        .withMessageStartingWith(folder.resolve("expansion.onnx") + ": input 'relu7' ");
    assertThat(Files.readAllBytes(folder.resolve("expansion.onnx"))).isEqualTo(bytes);

    Files.write(folder.resolve("expansion.onnx"), other.toByteArray());
    assertRefused(
        "expansion.onnx: input 'relu7' is none of the classifier's tensors: there is no layer 'relu7'");
    Files.write(folder.resolve("expansion.onnx"), Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused("expansion.onnx is truncated or not an ONNX file");
  }

  @Test
  void anotherNetworkInTheModelsPlaceHasNoExpansionNetwork() {
    TinyExpansion.beside(ModelFolder.read(folder));
    ModelFolder replaced =
        store.install(
            TinyNetwork.card("tiny", Map.of()),
            TinyNetwork.LABELS,
            TinyNetwork.onnx()::writeTo,
            true);
    assertThat(replaced.expansion()).isEmpty();
    assertThat(ModelFolder.read(folder).expansion()).isEmpty();
  }

  private void replaceInCard(String pattern, String by) throws IOException {
    Path card = folder.resolve("model.yaml");
    Files.writeString(card, Files.readString(card).replaceFirst(pattern, by));
  }

  private void assertRefused(String message) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelFolder.read(folder))
        .withMessageContaining(message)
        .withMessageContaining(folder.toString())
        .withMessageNotContaining("\n");
  }
}
