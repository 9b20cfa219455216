package dev.sightline.server.model.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.model.Checksum;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.pull.CatalogueEntry.Format;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelPullTest {
  /** A convolution of one weight a channel, pooling, and two classes. */
  private static final String MODEL =
      """
      {"modelTopology": {"model_config": {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "DepthwiseConv2D", "config": {"name": "conv", "kernel_size": [1, 1],
         "use_bias": false, "batch_input_shape": [null, 4, 4, 3]}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool"}},
        {"class_name": "Dense", "config": {"name": "fc", "units": 2, "use_bias": false}}]}}},
       "weightsManifest": [{"paths": ["weights.bin"], "weights": [
        {"name": "conv/depthwise_kernel", "shape": [1, 1, 3, 1], "dtype": "float32"},
        {"name": "fc/kernel", "shape": [3, 2], "dtype": "float32"}]}]}
      """;

  private final Path folder;
  private final ModelStore store;
  private final List<String> progress = new ArrayList<>();
  private final TarFixture tar = new TarFixture();
  private int fetched;

  ModelPullTest(@TempDir Path folder) {
    this.folder = folder;
    store = new ModelStore(folder.resolve("models"));
    ByteBuffer weights = ByteBuffer.allocate(9 * 4).order(ByteOrder.LITTLE_ENDIAN);
    weights.asFloatBuffer().put(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    tar.file("package/net/model.json", MODEL.getBytes(StandardCharsets.UTF_8))
        .file("package/net/weights.bin", weights.array())
        .file(
            "package/labels.json",
            "{\"0\": \"tabby_cat\", \"1\": \"dog\"}".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void catalogueNamesPackagesByVersionAndPinsThem() {
    Catalogue catalogue = Catalogue.builtIn();
    assertThat(catalogue.names()).containsExactly("mobilenet-v1", "resnet50");
    for (CatalogueEntry entry : catalogue.entries().values()) {
      assertThat(entry.npmPackage()).matches("[a-z0-9_-]+@\\d+\\.\\d+\\.\\d+");
      assertThat(entry.tarball()).matches("[0-9a-f]{64}");
      assertThat(entry.input().preprocessing().order().channels()).isEqualTo(3);
    }
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> catalogue.entry("alexnet"))
        .withMessage("the catalogue has no model 'alexnet', only mobilenet-v1, resnet50");
  }

  @Test
  void pulledModelIsConvertedLabelledAndLeftAsItIsTheNextTime() throws IOException {
    ModelFolder model = pull(tarballSum(), null);

    assertThat(model.path()).isEqualTo(store.folder("net"));
    assertThat(model.labels().all()).containsExactly("tabby cat", "dog");
    assertThat(model.defaultLayer()).isEqualTo("conv");
    assertThat(model.preprocessing().order()).isEqualTo(ChannelOrder.BGR);
    assertThat(progress)
        .containsExactly(
            "fetching net@1.0.0 with npm (1 MB)",
            "its SHA-256 is right; unpacking",
            "converting model.json to ONNX");
    progress.clear();
    assertThat(pull(tarballSum(), null).path()).isEqualTo(model.path());
    assertThat(progress).containsExactly("net is already at " + model.path());
    assertThat(fetched).isEqualTo(1);
  }

  @Test
  void damagedModelIsPulledAgain() throws IOException {
    ModelFolder model = pull(tarballSum(), null);
    Files.delete(model.path().resolve(ModelFolder.LABELS));
    assertThat(pull(tarballSum(), null).labels().size()).isEqualTo(2);
    assertThat(fetched).isEqualTo(2);
    assertThat(progress).anyMatch(line -> line.contains("labels.txt is missing"));
  }

  @Test
  void tarballOfAnotherSumIsNotUsed() throws IOException {
    String found = tarballSum();
    assertRefused(
        "0".repeat(64),
        null,
        "net.tgz has the SHA-256 %s where the catalogue says %s; it is not used"
            .formatted(found, "0".repeat(64)));
  }

  @Test
  void fileOfAnotherSumIsNotUsed() throws IOException {
    Path json = Files.writeString(folder.resolve("model.json"), MODEL);
    assertRefused(
        tarballSum(),
        "1".repeat(64),
        "model.json has the SHA-256 %s where the catalogue says %s; it is not used"
            .formatted(Checksum.sha256(json), "1".repeat(64)));
  }

  @Test
  void tarballWithoutTheModelIsRefused() throws IOException {
    tar.file("package/net/model.json", new byte[0]);
    assertRefused(tarballSum(), null, "model.json: model.json holds no Keras layers model");
  }

  @Test
  void labelsWithAGapAreRefused() throws IOException {
    tar.file(
        "package/labels.json", "{\"0\": \"a\", \"2\": \"b\"}".getBytes(StandardCharsets.UTF_8));
    assertRefused(tarballSum(), null, "labels.json has no label 1");
  }

  private void assertRefused(String tarball, @Nullable String file, String message) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> pull(tarball, file))
        .withMessage(message);
    assertThat(store.folders()).isEmpty();
  }

  private ModelFolder pull(String tarball, @Nullable String file) {
    CatalogueEntry entry =
        new CatalogueEntry(
            "a net",
            "net@1.0.0",
            tarball,
            1,
            Format.KERAS,
            "package/net/model.json",
            file,
            "package/labels.json",
            0,
            new ModelCard.Input(
                ChannelOrder.BGR, new float[] {1, 2, 3}, new float[] {1, 1, 1}, "stretch"),
            "MIT",
            "here");
    PackageSource source =
        (npmPackage, into, news) -> {
          fetched++;
          return tar.write(into.resolve("net.tgz"));
        };
    return new ModelPull(new Catalogue(Map.of("net", entry)), source, store, progress::add)
        .pull("net");
  }

  private String tarballSum() throws IOException {
    return Checksum.sha256(tar.write(folder.resolve("net.tgz")));
  }
}
