package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.RandomExpansion;
import dev.sightline.server.graph.ReluRule;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An expansion network beside a real classifier changes no bit of what the classifier gives. */
class PulledExpansionTest {
  private static final int MOST = 8;

  private final OnnxRuntime engine = new OnnxRuntime(EngineSettings.cpu(MOST));

  @Test
  void skipsOfMobileNetEndItsStages() {
    Graph graph = graph("mobilenet-v1");
    assertThat(graph.skips(graph.defaultLayer().name()))
        .extracting(Layer::name)
        .containsExactly(
            "Conv2d_13_pointwise",
            "Conv2d_11_pointwise",
            "Conv2d_5_pointwise",
            "Conv2d_3_pointwise",
            "Conv2d_1_pointwise");
  }

  @Test
  void skipsOfResNetAreTheSumsThatEndItsStages() {
    Graph graph = graph("resnet50");
    assertThat(graph.skips(graph.defaultLayer().name()))
        .extracting(Layer::name)
        .containsExactly(
            "activation_48", "activation_39", "activation_21", "activation_9", "activation");
  }

  @Test
  void mobileNetStaysTheSameToTheLastBit() {
    check("mobilenet-v1", "Conv2d_5_pointwise");
  }

  @Test
  void resNetStaysTheSameToTheLastBit() {
    check("resnet50", "activation_39");
  }

  private static Graph graph(String model) {
    return ModelFolder.read(PulledModels.require(model)).graph();
  }

  private void check(String model, String another) {
    Graph graph = graph(model);
    String deepest = graph.defaultLayer().name();
    ExpansionNetwork expansion =
        ExpansionNetwork.of(RandomExpansion.of(graph, deepest, 16, new Random(1)), graph);
    for (String layer : List.of(deepest, another)) {
      try (Backend plain = engine.open(graph.explain(layer), layer);
          Backend expanded =
              engine.open(graph.explain(layer, ReluRule.PLAIN, expansion), layer + ", expanded")) {
        for (int frames : new int[] {1, 2, MOST}) {
          same(plain, expanded, frames);
        }
      }
    }
  }

  private static void same(Backend plain, Backend expanded, int frames) {
    int size = plain.shape().imageSize();
    FloatBuffer images = Pass.buffer(MOST, size);
    Random random = new Random(frames);
    for (int i = 0; i < frames * size; i++) {
      images.put(i, (float) random.nextGaussian());
    }
    Pass pass = Pass.ofMostProbable(images, frames);
    PassResult one = plain.run(pass);
    PassResult other = expanded.run(pass);
    assertThat(other.logits()).as("logits").isEqualTo(one.logits());
    assertThat(other.chosen()).as("classes").isEqualTo(one.chosen());
    assertThat(other.activations()).as("activations").isEqualTo(one.activations());
    assertThat(other.gradients()).as("gradients").isEqualTo(one.gradients());
    assertThat(one.reconstructions()).isEmpty();
    assertThat(other.reconstructions()).hasSize(frames * size);
  }
}
