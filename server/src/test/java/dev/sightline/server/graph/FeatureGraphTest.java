package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What leads to some layers gives their maps, as the graphs that explain them do. */
class FeatureGraphTest {
  static final int FRAMES = 3;

  @Test
  void layersOfEveryFamilyCanBeHadTogether() throws OrtException {
    check(SmallNetworks.plain(new Random(1)));
    check(SmallNetworks.residual(new Random(1)));
    check(SmallNetworks.dense(new Random(1)));
    check(SmallNetworks.mobile(new Random(1)));
  }

  @Test
  void tokensComeOutAsMaps() throws OrtException {
    check(new LiftingTest().transformer());
  }

  @Test
  void mapsWithTheirChannelsLastComeOutWithTheirChannelsFirst() throws OrtException {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 6, 4);
    String map = SmallNetworks.conv(graph, "x", 2, 3, 3, 1);
    String turned = graph.node("Transpose", map, integers("perm", 0, 2, 3, 1));
    String projected = graph.node("MatMul", List.of(turned, graph.weights(3, 5)));
    String mean =
        graph.node("ReduceMean", projected, integers("axes", 1, 2), integer("keepdims", 0));
    graph.builder.node("MatMul", List.of(mean, graph.weights(5, 4)), "logits");
    check(graph.builder.output("logits", 4).build());
  }

  @Test
  void nothingBehindTheLayersIsWritten() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(1)));
    String first = graph.layers().get(2).name();
    FeatureGraph features = graph.features(List.of(first));
    assertThat(features.layers()).containsExactly(graph.layer(first));
    assertThat(features.model().getGraph().getNodeList())
        .extracting(node -> node.getOpType())
        .containsExactly("Identity", "Conv", "Relu");
  }

  @Test
  void tensorsOfPromisedNamesMakeRoom() throws OrtException {
    GraphBuilder builder = new GraphBuilder("names").input("feature0", 2, 4, 4);
    builder.initializer("w", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2, 1, 1);
    builder.node("Conv", List.of("feature0", "w"), "feature1", integers("kernel_shape", 1, 1));
    builder.node("Sigmoid", List.of("feature1"), "input");
    builder.node("GlobalAveragePool", List.of("input"), "pooled");
    builder.node("Flatten", List.of("pooled"), "scores");
    check(builder.output("scores", 4).build());
  }

  @Test
  void noLayerTheSameTwiceAndTheImageAreRefused() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(1)));
    String layer = graph.defaultLayer().name();
    refused(graph, List.of(), "no layer is named");
    refused(graph, List.of(layer, layer), "layer '" + layer + "' is named twice");
    refused(graph, List.of("input"), "'input' is the input itself");
    assertThatThrownBy(() -> graph.features(List.of("nowhere")))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith("there is no layer 'nowhere'; ");
  }

  private static void refused(Graph graph, List<String> layers, String why) {
    assertThatThrownBy(() -> graph.features(layers))
        .isInstanceOf(GraphException.class)
        .hasMessage(why);
  }

  private static void check(ModelProto model) throws OrtException {
    Graph graph = Graph.of(model);
    // From the last to the first, so that order is seen to be kept.
    List<Layer> layers = new ArrayList<>(graph.layers());
    Collections.reverse(layers);
    FeatureGraph features = graph.features(layers.stream().map(Layer::name).toList());
    Structure.check(features);
    ImageInput image = graph.input();
    float[] images =
        GradientCheck.randoms(
            new Random(2), FRAMES * image.channels() * image.height() * image.width(), 1);
    List<float[]> maps = run(features, images);
    for (int i = 0; i < layers.size(); i++) {
      try (ExplainedRun run = new ExplainedRun(graph.explain(layers.get(i).name()))) {
        assertThat(maps.get(i))
            .as(layers.get(i).name())
            .containsExactly(run.run(images, new long[1], new long[1]).activation, within(1e-5f));
      }
    }
  }

  static List<float[]> run(FeatureGraph graph, float[] images) throws OrtException {
    ImageInput image = graph.input();
    long[] dims = {FRAMES, image.channels(), image.height(), image.width()};
    List<float[]> maps = new ArrayList<>();
    try (OrtSession session = OnnxRuntime.environment().createSession(graph.onnx());
        OnnxTensor in =
            OnnxTensor.createTensor(OnnxRuntime.environment(), FloatBuffer.wrap(images), dims);
        OrtSession.Result result = session.run(Map.of(FeatureGraph.INPUT, in))) {
      for (int i = 0; i < graph.layers().size(); i++) {
        FloatBuffer buffer =
            ((OnnxTensor) result.get(FeatureGraph.output(i)).orElseThrow()).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        maps.add(values);
      }
    }
    return maps;
  }
}
