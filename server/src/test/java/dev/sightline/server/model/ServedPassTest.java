package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReluRule;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kinds of passes of a model in service, on the real engine. */
class ServedPassTest {
  private static final int PIXELS = 3 * 8 * 8;

  private final ModelStore store;
  private final OnnxRuntime engine = new OnnxRuntime(EngineSettings.cpu(2));

  ServedPassTest(@TempDir Path home) {
    store = new ModelStore(home);
  }

  @Test
  void everyKindOfPassGivesTheSameLogits() {
    try (ServedModel model = new ServedModel(TinyNetwork.install(store, "tiny"), engine)) {
      ServedLayer layer = model.layer("relu5");
      PassResult explained = layer.backend().run(pass());

      for (ReluRule rule : ReluRule.values()) {
        Backend toInput = model.toInput(rule).backend();
        assertThat(toInput.shape()).isEqualTo(new PassShape(3, 8, 8, 2, 3, 8, 8));
        PassResult result = toInput.run(pass());
        assertSame(result.logits(), explained.logits());
        assertThat(result.gradients()).hasSize(2 * PIXELS);
        assertThat(result.activations()).isEmpty();
      }
      Backend inference = model.inference().backend();
      assertThat(inference.shape()).isEqualTo(PassShape.ofInference(3, 8, 8, 2));
      assertSame(inference.run(Pass.ofLogits(images(), 2)).logits(), explained.logits());

      assertThat(layer.head().obstacle()).isEmpty();
      FloatBuffer maps = Pass.buffer(2, PIXELS).put(explained.activations()).clear();
      assertSame(layer.head().backend().run(Pass.ofLogits(maps, 2)).logits(), explained.logits());
    }
  }

  @Test
  void expandedPassRebuildsTheImagesAndIsOtherwiseTheSameToTheLastBit() {
    ModelFolder folder = TinyExpansion.install(store, "tiny");
    Layer deepest = folder.graph().layer("relu6");
    try (ServedModel model = new ServedModel(folder, engine)) {
      for (String name : List.of("relu6", "relu5")) {
        ServedLayer layer = model.layer(name);
        assertThat(layer.expanded().obstacle()).isEmpty();
        PassResult plain = layer.backend().run(pass());
        PassResult result = layer.expanded().backend().run(pass());

        assertThat(result.logits()).isEqualTo(plain.logits());
        assertThat(result.chosen()).isEqualTo(plain.chosen());
        assertThat(result.activations()).isEqualTo(plain.activations());
        assertThat(result.gradients()).isEqualTo(plain.gradients());
        assertThat(plain.reconstructions()).isEmpty();
        float[] activations = model.layer("relu6").backend().run(pass()).activations();
        for (int frame = 0; frame < 2; frame++) {
          float[] own = Arrays.copyOfRange(activations, frame * PIXELS, (frame + 1) * PIXELS);
          assertThat(
                  Arrays.copyOfRange(
                      result.reconstructions(), frame * PIXELS, (frame + 1) * PIXELS))
              .containsExactly(
                  TinyExpansion.reconstruction(own, deepest, folder.graph().input()),
                  within(1e-3f));
        }
      }
    }
  }

  @Test
  void modelWithoutAnExpansionNetworkSaysHowToTrainOne() {
    try (ServedModel model = new ServedModel(TinyNetwork.install(store, "tiny"), engine)) {
      assertThat(model.layer("relu5").expanded().obstacle())
          .contains(
              "model tiny has no expansion network; `sightline model train-expansion tiny --images DIR` trains one");
    }
  }

  @Test
  void asManyBackendsStayOpenAsAreKept() {
    try (ServedModel model = new ServedModel(TinyNetwork.install(store, "tiny"), engine, 4)) {
      Backend first = model.toInput(ReluRule.GUIDED).backend();
      for (int i = 1; i <= 4; i++) {
        model.layer("relu" + i).head().backend();
      }
      assertThat(first.run(pass()).gradients()).hasSize(2 * PIXELS);
      assertThat(model.toInput(ReluRule.GUIDED)).isSameAs(model.toInput(ReluRule.GUIDED));
    }
  }

  @Test
  void passThatANetworkCannotRunSaysWhyBeforeAnythingIsOpened() {
    GraphBuilder graph = new GraphBuilder("smooth").input("input", 3, 8, 8);
    graph.node("Sigmoid", List.of("input"), "gate");
    graph.node("Mul", List.of("input", "gate"), "silu");
    graph.initializer("w", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3, 1, 1);
    graph.node("Conv", List.of("silu", "w"), "conv", Attributes.integers("kernel_shape", 1, 1));
    graph.node("Add", List.of("conv", "silu"), "sum");
    graph.node("GlobalAveragePool", List.of("sum"), "pooled");
    graph.node("Flatten", List.of("pooled"), "logits");
    ModelFolder folder =
        store.install(
            TinyNetwork.card("smooth", Map.of()),
            Labels.numbered(3),
            graph.output("logits", 3).build()::writeTo,
            false);
    try (ServedModel model = new ServedModel(folder, engine)) {
      assertThat(model.toInput(ReluRule.PLAIN).obstacle()).isEmpty();
      assertThat(model.layer("sum").sigma()).as("of cells that see one pixel").isEmpty();
      String why =
          "node 'silu' (Mul) is a smooth activation (SiLU, x·Sigmoid(x)), and guided backpropagation is a rule for the kink of ReLUs";
      assertThat(model.toInput(ReluRule.GUIDED).obstacle()).contains(why);
      assertThatIllegalStateException()
          .isThrownBy(() -> model.toInput(ReluRule.GUIDED).backend())
          .withMessage(why);
      assertThat(model.layer("conv").head().obstacle())
          .contains(
              "layer 'conv' has no head of its own: it is bypassed: node 'sum' (Add) takes 'silu' too, which comes from the image by another way");
      assertThat(model.layer("sum").head().obstacle()).isEmpty();
    }
  }

  @Test
  void modelOfWhichNoLayerCanBeExplainedIsServedAsABlackBox() throws IOException {
    ModelFolder folder =
        store.install(
            TinyNetwork.card("box", Map.of()),
            TinyNetwork.LABELS,
            TinyNetwork.withoutLayers()::writeTo,
            false);
    assertThat(folder.defaultLayer()).isEmpty();
    try (ModelRepository models = ModelRepository.load(List.of(folder.path()), engine)) {
      ServedModel model = models.defaultModel();
      String why = "node 'pooled' (GlobalLpPool) has an operator without a rule of differentiation";
      assertThat(model.layers()).isEmpty();
      assertThat(model.defaultLayer()).isEmpty();
      assertThat(model.engineDescription()).isEqualTo("OnnxRuntime on cpu");
      assertThatExceptionOfType(UnknownLayerException.class)
          .isThrownBy(() -> model.layer(""))
          .withMessage("no layer can be explained: " + why);
      assertThatExceptionOfType(UnknownLayerException.class)
          .isThrownBy(() -> model.layer("relu6"))
          .withMessage("layer 'relu6' cannot be explained: " + why);
      assertThat(model.toInput(ReluRule.PLAIN).obstacle()).contains(why);
      assertThat(model.inference().obstacle()).isEmpty();
      assertThat(model.inference().backend().run(Pass.ofLogits(images(), 2)).logits()).hasSize(4);
    }
  }

  private static void assertSame(float[] logits, float[] expected) {
    assertThat(logits).containsExactly(expected, within(1e-5f));
  }

  private static Pass pass() {
    return Pass.ofMostProbable(images(), 2);
  }

  private static FloatBuffer images() {
    FloatBuffer images = Pass.buffer(2, PIXELS);
    for (int i = 0; i < images.capacity(); i++) {
      images.put(i, (i % 7 - 2) / 5f);
    }
    return images;
  }
}
