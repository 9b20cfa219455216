package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.FeatureGraph;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two layers of a network whose maps can be told in the head: twice the image, and its maxima. */
class OnnxFeaturesTest {
  private static FeatureGraph features() {
    GraphBuilder graph = new GraphBuilder("two").input("image", 1, 4, 4);
    graph.initializer("w", new float[] {2}, 1, 1, 1, 1);
    graph.node("Conv", List.of("image", "w"), "twice", Attributes.integers("pads", 0, 0, 0, 0));
    graph.node(
        "MaxPool",
        List.of("twice"),
        "most",
        Attributes.integers("kernel_shape", 2, 2),
        Attributes.integers("strides", 2, 2));
    graph.node("GlobalAveragePool", List.of("most"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", new float[] {1, -1}, 1, 2);
    graph.node("MatMul", List.of("flat", "head"), "logits");
    return Graph.of(graph.output("logits", 2).build()).features(List.of("most", "twice"));
  }

  @Test
  void everyImageGivesTheMapsOfEveryLayerInTheirOrder() {
    try (FeatureBackend backend = new Engines(EngineSettings.cpu(4)).open(features(), "two")) {
      assertThat(backend.input()).isEqualTo(new ImageInput("image", 1, 4, 4));
      assertThat(backend.layers()).extracting(Layer::name).containsExactly("most", "twice");
      FloatBuffer images = Pass.buffer(4, 16);
      for (int i = 0; i < images.capacity(); i++) {
        images.put(i, i);
      }
      List<float[]> maps = backend.run(images, 3);
      assertThat(maps).hasSize(2);
      for (int n = 0; n < 3; n++) {
        for (int i = 0; i < 16; i++) {
          assertThat(maps.get(1)[n * 16 + i]).isEqualTo(2f * (n * 16 + i));
        }
        for (int row = 0; row < 2; row++) {
          for (int column = 0; column < 2; column++) {
            int corner = n * 16 + (2 * row + 1) * 4 + 2 * column + 1;
            assertThat(maps.get(0)[n * 4 + row * 2 + column]).isEqualTo(2f * corner);
          }
        }
      }
    }
  }

  @Test
  void tooManyImagesAndTooSmallABufferAreRefused() {
    try (FeatureBackend backend = new OnnxRuntime(EngineSettings.cpu(2)).open(features(), "two")) {
      assertThatThrownBy(() -> backend.run(Pass.buffer(4, 16), 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("3 frames in a pass of at most 2");
      assertThatThrownBy(() -> backend.run(Pass.buffer(1, 16), 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a direct image buffer of 32 floats is needed");
    }
  }

  @Test
  void engineThatTakesNoneSaysSo() {
    BackendOpener other =
        (graph, name) -> {
          throw new AssertionError("no gradients are wanted");
        };
    assertThatThrownBy(() -> other.open(features(), "two"))
        .isInstanceOf(EngineException.class)
        .hasMessage("two is the part of a graph before some layers, and this engine takes none");
  }
}
