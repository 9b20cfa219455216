package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static dev.sightline.server.graph.Attributes.real;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnxruntime.OrtException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GraphTest {
  @Test
  void layersAreTheGridsBetweenInputAndLogitsBeforeAndAfterActivations() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(1)));
    assertThat(graph.layers())
        .extracting(Layer::operator)
        .containsExactly("Identity", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool");
    assertThat(graph.layers().get(2))
        .isEqualTo(new Layer(graph.layers().get(2).name(), "Relu", 4, 8, 8));
    assertThat(graph.input()).isEqualTo(new ImageInput("input", 3, 8, 8));
    assertThat(graph.classes()).isEqualTo(RandomGraph.CLASSES);
  }

  @Test
  void defaultLayerIsTheLastConvolutionalMapAfterItsActivation() {
    assertThat(defaultOf(SmallNetworks.plain(new Random(1)))).isEqualTo("Relu 4×4");
    assertThat(defaultOf(SmallNetworks.residual(new Random(1)))).isEqualTo("Relu 3×3");
    assertThat(defaultOf(SmallNetworks.dense(new Random(1)))).isEqualTo("Relu 3×3");
    assertThat(defaultOf(SmallNetworks.mobile(new Random(1)))).isEqualTo("Mul 2×2");
  }

  private static String defaultOf(ModelProto model) {
    Layer layer = Graph.of(model).defaultLayer();
    return layer.operator() + " " + layer.height() + "×" + layer.width();
  }

  @Test
  void poolingAndLinearIsToldFromOtherHeads() {
    assertThat(poolingAndLinear(SmallNetworks.residual(new Random(1)))).isTrue();
    assertThat(poolingAndLinear(SmallNetworks.dense(new Random(1)))).isTrue();
    assertThat(poolingAndLinear(SmallNetworks.mobile(new Random(1)))).isTrue();
    assertThat(poolingAndLinear(SmallNetworks.plain(new Random(1)))).isFalse();

    Graph residual = Graph.of(SmallNetworks.residual(new Random(1)));
    assertThat(residual.poolingAndLinear(residual.layers().get(4).name())).isFalse();

    RandomGraph twoLayers = new RandomGraph(new Random(1));
    String pooled = twoLayers.node("GlobalAveragePool", "x");
    String hidden = SmallNetworks.conv(twoLayers, pooled, twoLayers.channels, 3, 1, 1);
    assertThat(Graph.of(twoLayers.headed(hidden)).poolingAndLinear("x")).isFalse();

    RandomGraph maximum = new RandomGraph(new Random(1));
    ModelProto model = maximum.headed(maximum.node("GlobalMaxPool", "x"));
    assertThat(Graph.of(model).poolingAndLinear("x")).isFalse();
  }

  private static boolean poolingAndLinear(ModelProto model) {
    Graph graph = Graph.of(model);
    return graph.poolingAndLinear(graph.defaultLayer().name());
  }

  /** Kernels, strides and sums as printed for VGG-16; channels do not matter. */
  @Test
  void receptiveFieldOfVgg16() {
    RandomGraph graph = new RandomGraph(new Random(1), 1, 32, 32);
    String map = "x";
    int[] convolutions = {2, 2, 3, 3, 3};
    for (int stage = 0; stage < convolutions.length; stage++) {
      for (int i = 0; i < convolutions[stage]; i++) {
        map = graph.node("Relu", SmallNetworks.conv(graph, map, 1, 1, 3, 1));
      }
      if (stage < 4) {
        map = graph.node("MaxPool", map, integers("kernel_shape", 2, 2), integers("strides", 2, 2));
      }
    }
    ReceptiveField field = Graph.of(graph.headed(map)).receptiveField(map);
    assertThat(field.height()).isEqualTo(196);
    assertThat(field.width()).isEqualTo(196);
    assertThat(field.strideY()).isEqualTo(16);
    assertThat(field.sigmaX()).isCloseTo(26.46, within(0.01));
    assertThat(field.sigmaY()).isEqualTo(field.sigmaX());
  }

  @Test
  void receptiveFieldTakesTheWidestPathAndNoGate() {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 16, 16);
    String strided = SmallNetworks.conv(graph, "x", 2, 2, 3, 2);
    String wide =
        graph.node(
            "Conv",
            List.of(strided, graph.weights(2, 2, 1, 3)),
            integers("kernel_shape", 1, 3),
            integers("dilations", 1, 2),
            integers("pads", 0, 2, 0, 2));
    String sum = graph.node("Add", List.of(strided, wide));
    String gate = graph.node("Sigmoid", graph.node("GlobalAveragePool", sum));
    String gated = graph.node("Mul", List.of(gate, sum));
    ReceptiveField field = Graph.of(graph.headed(gated)).receptiveField(gated);
    double threeByThree = 8.0 / 12;
    assertThat(field)
        .isEqualTo(
            new ReceptiveField(
                3,
                11,
                2,
                2,
                Math.sqrt(threeByThree),
                Math.sqrt(threeByThree + 4 * 4 * threeByThree)));
  }

  @Test
  void softmaxAtTheEndIsLeftOut() throws OrtException {
    ModelProto model = SmallNetworks.plain(new Random(2));
    ModelProto.Builder probabilities = model.toBuilder();
    probabilities
        .getGraphBuilder()
        .addNode(
            NodeProto.newBuilder()
                .setOpType("Softmax")
                .addInput("logits")
                .addOutput("probabilities"))
        .clearOutput()
        .addOutput(model.getGraph().getOutput(0).toBuilder().setName("probabilities"));
    Graph graph = Graph.of(probabilities.build());
    assertSame(graph, Graph.of(model), graph.defaultLayer().name());
  }

  @Test
  void softmaxBeforeAChangeOfShapeIsLeftOut() throws OrtException {
    RandomGraph bare = new RandomGraph(new Random(2));
    ModelProto model = endsIn(bare, false);
    RandomGraph soft = new RandomGraph(new Random(2));
    assertSame(Graph.of(endsIn(soft, true)), Graph.of(model), "x");
  }

  private static ModelProto endsIn(RandomGraph graph, boolean softmax) {
    String scores =
        SmallNetworks.conv(graph, graph.node("GlobalAveragePool", "x"), graph.channels, 3, 1, 1);
    if (softmax) {
      scores = graph.node("Softmax", scores, integer("axis", 1));
    }
    graph.builder.node("Squeeze", List.of(scores, graph.integers(2, 3)), "scores");
    return graph.builder.output("scores", 3).build();
  }

  /** Two graphs with one meaning. */
  private static void assertSame(Graph one, Graph other, String layer) throws OrtException {
    ImageInput image = one.input();
    float[] input =
        GradientCheck.randoms(
            new Random(9), 2 * image.channels() * image.height() * image.width(), 1);
    long[] frames = {1, 0, 1};
    long[] classes = {-1, 2, 0};
    try (ExplainedRun first = new ExplainedRun(one.explain(layer));
        ExplainedRun second = new ExplainedRun(other.explain(layer))) {
      ExplainedRun.Result a = first.run(input, frames, classes);
      ExplainedRun.Result b = second.run(input, frames, classes);
      assertThat(a.logits).containsExactly(b.logits, within(1e-6f));
      assertThat(a.chosen).containsExactly(b.chosen);
      assertThat(a.activation).containsExactly(b.activation, within(1e-6f));
      assertThat(a.gradient).containsExactly(b.gradient, within(1e-6f));
    }
  }

  @Test
  void modelFixedToOneImageTakesSeveral() throws OrtException {
    RandomGraph fixed = new RandomGraph(new Random(3), 3, 6, 6);
    RandomGraph free = new RandomGraph(new Random(3), 3, 6, 6);
    ModelProto.Builder model = reshaped(fixed, 1, 4, -1).toBuilder();
    model
        .getGraphBuilder()
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .setDim(0, TensorShapeProto.Dimension.newBuilder().setDimValue(1));
    assertSame(Graph.of(model.build()), Graph.of(reshaped(free, 0, 4, 36)), "x");
  }

  private static ModelProto reshaped(RandomGraph graph, long... target) {
    String map = SmallNetworks.conv(graph, "x", 3, 4, 3, 1);
    return graph.headed(graph.node("Reshape", List.of(map, graph.integers(target))));
  }

  /** What exporters write for {@code x.view(x.size(0), -1)}. */
  @Test
  void reshapeByTheShapeOfATensorIsUnderstood() throws OrtException {
    RandomGraph graph = new RandomGraph(new Random(4));
    String map = SmallNetworks.conv(graph, "x", graph.channels, 3, 3, 1);
    String size =
        graph.node(
            "Gather",
            List.of(graph.node("Shape", map), graph.builder.initializer("zero", new long[1])));
    String rows = graph.node("Unsqueeze", List.of(size, graph.integers(0)));
    String target = graph.node("Concat", List.of(rows, graph.integers(-1)), integer("axis", 0));
    String flat = graph.node("Reshape", List.of(map, target));
    long cells = 3L * graph.height * graph.width;
    graph.builder.node("MatMul", List.of(flat, graph.weights(cells, 3)), "logits");
    ModelProto model = graph.builder.output("logits", 3).build();

    RandomGraph plain = new RandomGraph(new Random(4));
    String same = SmallNetworks.conv(plain, "x", plain.channels, 3, 3, 1);
    plain.builder.node(
        "MatMul", List.of(plain.node("Flatten", same), plain.weights(cells, 3)), "logits");
    assertSame(Graph.of(model), Graph.of(plain.builder.output("logits", 3).build()), "x");
  }

  @Test
  void oldOperatorSetsAreBroughtUpToDate() throws OrtException {
    RandomGraph old = new RandomGraph(new Random(5));
    old.builder.opset(9);
    String clipped = old.node("Clip", "x", real("min", -0.5f), real("max", 1));
    String padded = old.node("Pad", clipped, integers("pads", 0, 0, 1, 0, 0, 0, 0, 2));
    ModelProto model = asInputs(old.headed(padded));

    RandomGraph today = new RandomGraph(new Random(5));
    String clip = today.node("Clip", List.of("x", today.scalar(-0.5f), today.scalar(1)));
    String pad = today.node("Pad", List.of(clip, today.integers(0, 0, 1, 0, 0, 0, 0, 2)));
    assertSame(Graph.of(model), Graph.of(today.headed(pad)), "x");
  }

  /** Before IR version 4 every constant was an input as well. */
  private static ModelProto asInputs(ModelProto model) {
    ModelProto.Builder old = model.toBuilder().setIrVersion(3);
    model
        .getGraph()
        .getInitializerList()
        .forEach(
            constant ->
                old.getGraphBuilder()
                    .addInput(
                        model.getGraph().getInput(0).toBuilder().setName(constant.getName())));
    return old.build();
  }

  @Test
  void sumsOverAxesAreWrittenForOldAndNewOperatorSets() throws OrtException {
    for (int opset : new int[] {11, 12, 13, 18, 21, 23}) {
      RandomGraph graph = new RandomGraph(new Random(6), 2, 5, 5);
      graph.builder.opset(opset);
      String gate = graph.node("Sigmoid", graph.node("GlobalAveragePool", "x"));
      ModelProto model = graph.headed(graph.node("Mul", List.of("x", gate)));
      assertThat(GradientCheck.check(model, "x", new Random(7))).isLessThan(2e-5);
    }
  }

  @Test
  void tensorsThatAlreadyHavePromisedNamesAreRenamed() throws OrtException {
    GraphBuilder builder = new GraphBuilder("names").input("gradient", 2, 4, 4);
    builder.initializer("class", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2, 1, 1);
    builder.node("Conv", List.of("gradient", "class"), "chosen", integers("kernel_shape", 1, 1));
    builder.node("Sigmoid", List.of("chosen"), "input");
    builder.node("GlobalAveragePool", List.of("input"), "frame");
    builder.node("Flatten", List.of("frame"), "activation");
    Graph graph = Graph.of(builder.output("activation", 4).build());
    assertThat(graph.defaultLayer().name()).isEqualTo("input");
    assertThat(GradientCheck.check(graph.model(), "chosen", new Random(1))).isLessThan(2e-5);
    assertThat(GradientCheck.check(graph.model(), "gradient", new Random(1))).isLessThan(2e-5);
  }

  @Test
  void constantsOfEqualWindowsAreWrittenOnce() {
    RandomGraph graph = new RandomGraph(new Random(8), 2, 6, 6);
    String map = "x";
    for (int i = 0; i < 2; i++) {
      map =
          graph.node(
              "AveragePool", map, integers("kernel_shape", 3, 3), integers("pads", 1, 1, 1, 1));
    }
    ExplainedGraph explained = Graph.of(graph.headed(map)).explain("x");
    Structure.check(explained);
    assertThat(explained.model().getGraph().getInitializerList())
        .filteredOn(constant -> constant.getName().startsWith("backward/1/"))
        .hasSize(1);
  }

  @Test
  void operatorSetsOfOtherDomainsAreKept() {
    ModelProto model =
        SmallNetworks.plain(new Random(1)).toBuilder()
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.example").setVersion(3))
            .build();
    Graph graph = Graph.of(model);
    assertThat(graph.explain(graph.defaultLayer().name()).model().getOpsetImportList())
        .extracting(OperatorSetIdProto::getDomain)
        .containsExactlyInAnyOrder("", "com.example");
  }
}
