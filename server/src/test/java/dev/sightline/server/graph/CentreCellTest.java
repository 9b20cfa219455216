package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the centre cell of a layer sees, against finite differences of plain loops. */
class CentreCellTest {
  private static final int FRAMES = 2;

  @Test
  void gradientOfTheCentreCellIsThatOfFiniteDifferences() throws OrtException {
    Random random = new Random(11);
    for (ModelProto model :
        List.of(
            SmallNetworks.plain(random),
            SmallNetworks.residual(random),
            SmallNetworks.dense(random),
            SmallNetworks.mobile(random))) {
      List<Layer> layers = Graph.of(model).layers();
      check(model, layers.get(layers.size() / 2), random);
      check(model, Graph.of(model).defaultLayer(), random);
    }
  }

  @Test
  void mapsThatAreHeldOtherwiseHaveTheSameCentre() throws OrtException {
    RandomGraph graph = new RandomGraph(new Random(12), 2, 5, 6);
    String maps = graph.node("Tanh", SmallNetworks.conv(graph, "x", 2, 3, 3, 1));
    String last = graph.node("Transpose", List.of(maps), Attributes.integers("perm", 0, 2, 3, 1));
    String joined = graph.node("Reshape", List.of(maps, graph.integers(0, 3, 30)));
    String tokens = graph.node("Transpose", List.of(joined), Attributes.integers("perm", 0, 2, 1));
    String withClass = graph.node("Pad", List.of(tokens, graph.integers(0, 1, 0, 0, 0, 0)));
    String sum =
        graph.node(
            "MatMul", List.of(graph.node("Flatten", last), graph.weights(90, RandomGraph.CLASSES)));
    String more =
        graph.node(
            "MatMul",
            List.of(graph.node("Flatten", withClass), graph.weights(93, RandomGraph.CLASSES)));
    graph.builder.node("Add", List.of(sum, more), "logits");
    Graph network = Graph.of(graph.builder.output("logits", RandomGraph.CLASSES).build());

    float[] input = GradientCheck.randoms(new Random(13), FRAMES * 2 * 5 * 6, 1);
    float[] expected = gradient(network, maps, input);
    assertThat(expected).as("some of it is not zero").contains(nonZero(expected));
    for (String held : List.of(last, joined, tokens, withClass)) {
      assertThat(gradient(network, held, input)).containsExactly(expected, within(1e-6f));
    }
  }

  @Test
  void onlyWhatLiesBeforeTheLayerIsComputed() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(14)));
    ExplainedGraph centre = graph.explainCentre(graph.layers().get(2).name());
    assertThat(centre.classes()).isEqualTo(1);
    assertThat(centre.layer().name()).isEqualTo(graph.input().name());
    assertThat(centre.model().getGraph().getNodeList())
        .extracting(node -> node.getOpType())
        .doesNotContain("Gemm", "MaxPool");
    Structure.check(centre);
  }

  @Test
  void inputItselfAndUnknownLayersAreRefused() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(15)));
    assertThatThrownBy(() -> graph.explainCentre("input"))
        .isInstanceOf(GraphException.class)
        .hasMessage("'input' is the input itself");
    assertThatThrownBy(() -> graph.explainCentre("nix"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("there is no layer 'nix'");
  }

  private static void check(ModelProto model, Layer layer, Random random) throws OrtException {
    Graph graph = Graph.of(model);
    ImageInput image = graph.input();
    int size = image.channels() * image.height() * image.width();
    float[] input = GradientCheck.randoms(random, FRAMES * size, 1);
    float[] gradient = gradient(graph, layer.name(), input);

    DoubleInterpreter loops = new DoubleInterpreter(model);
    int[] dims = {FRAMES, image.channels(), image.height(), image.width()};
    Map<String, DoubleTensor> forward =
        loops.run(Map.of(image.name(), DoubleTensor.of(dims, input)));
    double[][] derivatives = loops.differences(forward, image.name(), layer.name());
    int cells = layer.height() * layer.width();
    int centre = layer.height() / 2 * layer.width() + layer.width() / 2;
    for (int frame = 0; frame < FRAMES; frame++) {
      double[] expected = new double[size];
      for (int k = 0; k < layer.channels(); k++) {
        double[] ofChannel = derivatives[(frame * layer.channels() + k) * cells + centre];
        Arrays.setAll(expected, i -> expected[i] + ofChannel[i]);
      }
      double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      assertThat(scale).as("influence on " + layer).isPositive();
      for (int i = 0; i < size; i++) {
        assertThat((double) gradient[frame * size + i])
            .as("%s, frame %d, value %d", layer, frame, i)
            .isCloseTo(expected[i], within(2e-5 * scale));
      }
    }
  }

  private static float[] gradient(Graph graph, String layer, float[] input) throws OrtException {
    try (ExplainedRun run = new ExplainedRun(graph.explainCentre(layer))) {
      return run.run(input, new long[] {0, 1}, new long[] {0, 0}).gradient;
    }
  }

  private static float nonZero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return value;
      }
    }
    return Float.NaN;
  }
}
