package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineException;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.TorchModules;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.image.InputShape;
import dev.sightline.v1.SigmaSource;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model whose network is TorchScript, on disk and in service. */
class TorchModelTest {
  private final ModelStore store;

  TorchModelTest(@TempDir Path home) {
    store = new ModelStore(home);
  }

  @Test
  void moduleIsServedAtItsOneLayer() {
    ModelFolder folder = install(Labels.numbered(10), null);
    assertThat(folder.inputShape()).isEqualTo(new InputShape(3, 32, 32));
    assertThat(folder.card().sha256()).hasSize(64);
    try (ServedModel model = new ServedModel(folder, new Engines(EngineSettings.cpu(2)))) {
      assertThat(model.engineDescription()).isEqualTo("PyTorch on cpu");
      assertThat(model.classes()).isEqualTo(10);
      assertThat(model.layers()).containsExactly(new Layer("features", "TorchScript", 12, 8, 8));
      ServedLayer layer = model.layer("");
      assertThat(layer.poolingAndLinear()).isTrue();
      assertThat(layer.sigma()).isEmpty();
      assertThat(layer.sigmaSource()).isEqualTo(SigmaSource.SIGMA_SOURCE_UNSPECIFIED);
      assertThatExceptionOfType(UnknownLayerException.class)
          .isThrownBy(() -> model.layer("relu"))
          .withMessage("there is no layer 'relu'; a TorchScript module has one, 'features'");
    }
  }

  @Test
  void moduleIsServedToItsImageAndBehindItsLayerToo() {
    ModelFolder folder = install(Labels.numbered(10), null);
    FloatBuffer images = TorchModules.images(2, 1);
    try (ServedModel model = new ServedModel(folder, new Engines(EngineSettings.cpu(2)))) {
      PassResult layer = model.layer("").backend().run(Pass.ofMostProbable(images, 2));
      Backend toInput = model.toInput(ReluRule.PLAIN).backend();
      PassResult image = toInput.run(Pass.ofMostProbable(images, 2));
      assertThat(image.logits()).containsExactly(layer.logits(), within(1e-5f));
      assertThat(image.gradients()).hasSize(2 * 3 * 32 * 32);
      FloatBuffer maps = Pass.buffer(2, toInput.shape().imageSize());
      maps.put(0, layer.activations());
      assertThat(model.layer("").head().backend().run(Pass.ofLogits(maps, 2)).logits())
          .containsExactly(layer.logits(), within(1e-5f));
      assertThat(model.inference().backend().run(Pass.ofLogits(images, 2)).logits())
          .containsExactly(layer.logits(), within(1e-5f));
      assertThat(model.toInput(ReluRule.DECONVNET).obstacle())
          .contains(
              "PyTorch differentiates a TorchScript module as it is, and deconvnet takes another rule at its ReLUs: it needs an ONNX graph");
      assertThat(model.layer("").expanded().obstacle())
          .contains(
              "model pooled is a TorchScript module, and an expansion network is written into an ONNX graph");
    }
  }

  @Test
  void sigmaOfItsCardIsItsSigma() {
    ModelFolder folder = install(Labels.numbered(10), Map.of("features", new Sigma(5, 6)));
    try (ServedModel model = new ServedModel(folder, new Engines(EngineSettings.cpu(1)))) {
      assertThat(model.layer("features").sigma()).contains(new Sigma(5, 6));
      assertThat(model.layer("").sigmaSource()).isEqualTo(SigmaSource.SIGMA_SOURCE_MODEL);
    }
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> install(Labels.numbered(10), Map.of("relu", new Sigma(5, 6))))
        .withMessageEndingWith(
            "sigma: there is no layer 'relu'; a TorchScript module has one, 'features'");
  }

  @Test
  void wrongNumberOfLabelsIsRefusedOnceTheEngineKnows() {
    ModelFolder folder = install(Labels.numbered(9), null);
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> new ServedModel(folder, new Engines(EngineSettings.cpu(1))))
        .withMessageEndingWith("labels.txt has 9 labels where the network has 10 classes");
  }

  @Test
  void engineForGraphsAloneSaysWhatItWasGiven() {
    ModelFolder folder = install(Labels.numbered(10), null);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> new ServedModel(folder, new OnnxRuntime(EngineSettings.cpu(1))))
        .withMessage("pooled is a TorchScript module, and this engine takes graphs");
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(folder::graph)
        .withMessageEndingWith("model.pt is a TorchScript module, and this needs an ONNX graph");
  }

  @Test
  void folderHoldsOneNetworkAndTheSizeThatAModuleDoesNotTell() throws IOException {
    Path folder = install(Labels.numbered(10), null).path();
    Path onnx = Files.copy(TorchModules.path("pooled.onnx"), folder.resolve("model.onnx"));
    assertRefused(folder, folder + " holds both model.onnx and model.pt; a model has one of them");
    Files.delete(onnx);
    Path card = folder.resolve("model.yaml");
    Files.writeString(card, Files.readString(card).replaceFirst("(?m)^ +height: .*\\R", ""));
    assertRefused(
        folder,
        card
            + ": model.pt does not tell the size of its input: input.height and input.width are"
            + " needed");
  }

  @Test
  void expansionNetworkBesideAModuleIsRefused() throws IOException {
    Path folder = install(Labels.numbered(10), null).path();
    Path expansion = Files.writeString(folder.resolve("expansion.onnx"), "");
    assertRefused(folder, expansion + " goes with model.onnx, and this model is model.pt");
  }

  private static void assertRefused(Path folder, String message) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelFolder.read(folder))
        .withMessage(message);
  }

  private ModelFolder install(Labels labels, @Nullable Map<String, Sigma> sigma) {
    ModelCard card =
        new ModelCard(
            "pooled",
            "a small module",
            new ModelCard.Input(
                ChannelOrder.RGB, new float[] {1, 2, 3}, new float[] {4, 5, 6}, "stretch", 32, 32),
            null,
            sigma,
            null,
            null,
            null);
    return store.install(
        card,
        labels,
        ModelFolder.TORCH,
        out -> Files.copy(TorchModules.path("pooled.pt"), out),
        true);
  }
}
