package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Whole networks, cut at each of their layers, against finite differences for several frames,
 * classes and ranks.
 */
class WholeNetworkTest {
  private static final int SEEDS = 2;

  @Test
  void residualNetworkIsDifferentiatedAtEveryLayer() throws OrtException {
    checkEveryLayer(SmallNetworks::residual);
  }

  @Test
  void denselyConnectedNetworkIsDifferentiatedAtEveryLayer() throws OrtException {
    checkEveryLayer(SmallNetworks::dense);
  }

  @Test
  void mobileNetworkIsDifferentiatedAtEveryLayer() throws OrtException {
    checkEveryLayer(SmallNetworks::mobile);
  }

  @Test
  void networkWithMatrixProductsAsHeadIsDifferentiatedAtEveryLayer() throws OrtException {
    checkEveryLayer(SmallNetworks::plain);
  }

  @Test
  void imageInputIsALayerToo() throws OrtException {
    ModelProto model = SmallNetworks.mobile(new Random(5));
    double error = GradientCheck.check(model, "input", new Random(6));
    assertThat(error).isLessThan(2e-5);
  }

  @Test
  void rowsTogetherGiveWhatEachGivesAlone() throws OrtException {
    Graph graph = Graph.of(SmallNetworks.residual(new Random(3)));
    ExplainedGraph explained = graph.explain(graph.layers().get(2).name());
    Layer layer = explained.layer();
    int size = layer.channels() * layer.height() * layer.width();
    ImageInput image = graph.input();
    int pixels = image.channels() * image.height() * image.width();
    float[] input = GradientCheck.randoms(new Random(4), 3 * pixels, 1);
    long[] frames = {2, 0, 0, 1, 2, 2, 1};
    long[] classes = {3, -1, 2, -4, 0, -2, 1};
    try (ExplainedRun run = new ExplainedRun(explained)) {
      ExplainedRun.Result together = run.run(input, frames, classes);
      for (int row = 0; row < frames.length; row++) {
        int at = (int) frames[row] * pixels;
        ExplainedRun.Result alone =
            run.run(
                Arrays.copyOfRange(input, at, at + pixels), new long[1], new long[] {classes[row]});
        assertThat(together.chosen[row]).isEqualTo(alone.chosen[0]);
        for (int i = 0; i < size; i++) {
          assertThat(together.gradient[row * size + i]).isCloseTo(alone.gradient[i], within(1e-6f));
        }
      }
    }
  }

  private static void checkEveryLayer(Function<Random, ModelProto> network) throws OrtException {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelProto model = network.apply(new Random(seed));
      Graph graph = Graph.of(model);
      List<String> tied = tiedAtZero(model);
      for (Layer layer : graph.layers()) {
        if (!tied.contains(layer.name())) {
          double error = GradientCheck.check(model, layer.name(), new Random(100 + seed));
          assertThat(error).as("seed %d, layer %s", seed, layer.name()).isLessThan(2e-5);
        }
      }
    }
  }

  /**
   * Zeros of a ReLU tie in the max pooling behind it, where there is no derivative to compare with;
   * MaxPoolTest takes ties.
   */
  private static List<String> tiedAtZero(ModelProto model) {
    return model.getGraph().getNodeList().stream()
        .filter(node -> node.getOpType().equals("MaxPool"))
        .map(node -> node.getInput(0))
        .filter(name -> name.startsWith("relu"))
        .toList();
  }
}
