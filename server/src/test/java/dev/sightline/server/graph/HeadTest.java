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
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The part of a network behind a layer, fed with what the layer gave, gives the same logits. */
class HeadTest {
  private static final int FRAMES = 3;

  private final RandomGraph graph = new RandomGraph(new Random(1), 2, 6, 4);

  @Test
  void everyLayerOfAPlainNetworkHasAHead() throws OrtException {
    Graph plain = Graph.of(SmallNetworks.plain(new Random(1)));
    for (Layer layer : plain.layers()) {
      check(plain, layer.name());
    }
  }

  @Test
  void layerWithinAResidualBlockHasNoneAndThoseBetweenBlocksHave() throws OrtException {
    Graph residual = Graph.of(SmallNetworks.residual(new Random(1)));
    check(residual, residual.defaultLayer().name());
    Layer inner =
        residual.layers().stream()
            .filter(layer -> layer.operator().equals("Conv"))
            .skip(1)
            .findFirst()
            .orElseThrow();
    String why = residual.headObstacle(inner.name()).orElseThrow();
    assertThat(why)
        .matches(
            "layer '%s' has no head of its own: it is bypassed: node 'add\\d+' \\(Add\\) takes 'maxpool\\d+' too, which comes from the image by another way"
                .formatted(inner.name()));
    assertThatThrownBy(() -> residual.head(inner.name()))
        .isInstanceOf(GraphException.class)
        .hasMessage(why);
    assertThatThrownBy(() -> residual.head("nowhere"))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith("there is no layer 'nowhere'; ");
  }

  @Test
  void mapsWithChannelsLastAreHeldAsTheNetworkHoldsThem() throws OrtException {
    String turned = graph.node("Transpose", conv(), integers("perm", 0, 2, 3, 1));
    String projected = graph.node("MatMul", List.of(turned, graph.weights(3, 5)));
    String normal =
        graph.node("LayerNormalization", List.of(projected, graph.weights(5), graph.weights(5)));
    String mean = graph.node("ReduceMean", normal, integers("axes", 1, 2), integer("keepdims", 0));
    Graph read = Graph.of(linear(mean, 5));
    check(read, turned);
    check(read, normal);
  }

  @Test
  void tokensAreHeldAsTheNetworkHoldsThem() throws OrtException {
    String joined = graph.node("Reshape", List.of(conv(), graph.integers(0, 3, 24)));
    String tokens = graph.node("Transpose", joined, integers("perm", 0, 2, 1));
    String weighed = graph.node("Mul", List.of(tokens, graph.weights(24, 3)));
    String mean = graph.node("ReduceMean", weighed, integers("axes", 1), integer("keepdims", 0));
    Graph read = Graph.of(linear(mean, 3));
    check(read, joined);
    check(read, tokens);
    check(read, weighed);
  }

  @Test
  void classTokenBypassesTheGrid() {
    Graph read = Graph.of(new LiftingTest().transformer());
    assertThat(read.headObstacle(read.defaultLayer().name()))
        .contains(
            "layer '%s' has no head of its own: it is bypassed: its first token has no place on the grid, as a class token"
                .formatted(read.defaultLayer().name()));
  }

  /** As {@code x.expand(image.size(0), ...)} and {@code x.view(image.size(0), -1)} are written. */
  @Test
  void whatReadsTheShapeOfAnEarlierTensorKnowsTheNumberOfFrames() throws OrtException {
    String map = conv();
    String size =
        graph.node(
            "Gather",
            List.of(graph.node("Shape", "x"), graph.builder.initializer("zero", new long[1])));
    String rows = graph.node("Unsqueeze", List.of(size, graph.integers(0)));
    String target = graph.node("Concat", List.of(rows, graph.integers(-1)), integer("axis", 0));
    String flat = graph.node("Reshape", List.of(map, target));
    Graph read = Graph.of(linear(flat, 3 * 24));
    check(read, map);
  }

  @Test
  void layerThatCannotBeExplainedStillHasAHead() throws OrtException {
    String map = conv();
    String most = graph.node("ReduceMax", map, integers("axes", 2, 3), integer("keepdims", 0));
    Graph read = Graph.of(linear(graph.node("Round", most), 3));
    assertThat(read.layers()).isEmpty();
    assertThat(read.obstacle(ReluRule.PLAIN)).isPresent();
    float[] images = images(read);
    float[] logits = run(read.inference(), images, FRAMES);
    assertThat(logits).hasSize(FRAMES * RandomGraph.CLASSES);
    assertThat(read.headObstacle(map)).isEmpty();
    DoubleInterpreter loops = new DoubleInterpreter(read.model());
    Map<String, DoubleTensor> values =
        loops.run(Map.of("input", DoubleTensor.of(new int[] {FRAMES, 2, 6, 4}, images)));
    assertThat(toDoubles(logits))
        .containsExactly(DoubleInterpreter.value(values, "logits").values(), within(1e-5));
    double[] maps = DoubleInterpreter.value(values, map).values();
    float[] single = new float[maps.length];
    for (int i = 0; i < maps.length; i++) {
      single[i] = (float) maps[i];
    }
    assertThat(run(read.head(map), single, FRAMES)).containsExactly(logits, within(1e-5f));
  }

  @Test
  void tensorsOfPromisedNamesMakeRoom() throws OrtException {
    GraphBuilder builder = new GraphBuilder("names").input("logits", 2, 4, 4);
    builder.initializer("w", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2, 1, 1);
    builder.node("Conv", List.of("logits", "w"), "map", integers("kernel_shape", 1, 1));
    builder.node("Sigmoid", List.of("map"), "input");
    builder.node("GlobalAveragePool", List.of("input"), "pooled");
    builder.node("Flatten", List.of("pooled"), "scores");
    Graph read = Graph.of(builder.output("scores", 4).build());
    check(read, "map");
    check(read, "input");
  }

  private String conv() {
    return SmallNetworks.conv(graph, "x", 2, 3, 3, 1);
  }

  private ModelProto linear(String vector, int length) {
    graph.builder.node(
        "MatMul", List.of(vector, graph.weights(length, RandomGraph.CLASSES)), "logits");
    return graph.builder.output("logits", RandomGraph.CLASSES).build();
  }

  private static void check(Graph read, String layer) throws OrtException {
    assertThat(read.headObstacle(layer)).isEmpty();
    InferenceGraph head = read.head(layer);
    InferenceGraph whole = read.inference();
    Structure.check(head);
    Structure.check(whole);
    Layer shape = read.layer(layer);
    assertThat(List.of(head.channels(), head.height(), head.width(), head.classes()))
        .containsExactly(shape.channels(), shape.height(), shape.width(), read.classes());
    float[] images = images(read);
    ExplainedRun.Result both;
    try (ExplainedRun run = new ExplainedRun(read.explain(layer))) {
      both = run.run(images, new long[1], new long[1]);
    }
    assertThat(run(head, both.activation, FRAMES))
        .as("head of %s", layer)
        .containsExactly(both.logits, within(1e-5f));
    assertThat(run(whole, images, FRAMES)).containsExactly(both.logits, within(1e-5f));
  }

  private static float[] images(Graph read) {
    ImageInput image = read.input();
    return GradientCheck.randoms(
        new Random(2), FRAMES * image.channels() * image.height() * image.width(), 1);
  }

  private static double[] toDoubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  static float[] run(InferenceGraph graph, float[] input, int frames) throws OrtException {
    long[] dims = {frames, graph.channels(), graph.height(), graph.width()};
    try (OrtSession session = OnnxRuntime.environment().createSession(graph.onnx());
        OnnxTensor in =
            OnnxTensor.createTensor(OnnxRuntime.environment(), FloatBuffer.wrap(input), dims);
        OrtSession.Result result = session.run(Map.of(InferenceGraph.INPUT, in))) {
      FloatBuffer buffer =
          ((OnnxTensor) result.get(InferenceGraph.LOGITS).orElseThrow()).getFloatBuffer();
      float[] logits = new float[buffer.remaining()];
      buffer.get(logits);
      return logits;
    }
  }
}
