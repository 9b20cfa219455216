package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decoder of its own file, written into the graphs of its classifier. */
class ExpansionNetworkTest {
  private static final int FRAMES = FeatureGraphTest.FRAMES;

  @Test
  void graphOfEveryFamilyIsWhatItWasAndGivesWhatTheFileGives() throws OrtException {
    check(SmallNetworks.plain(new Random(1)));
    check(SmallNetworks.residual(new Random(1)));
    check(SmallNetworks.dense(new Random(1)));
    check(SmallNetworks.mobile(new Random(1)));
  }

  @Test
  void tokensAndChannelsLastAreTakenAsMaps() throws OrtException {
    check(new LiftingTest().transformer());
    RandomGraph graph = new RandomGraph(new Random(1), 2, 6, 4);
    String map = SmallNetworks.conv(graph, "x", 2, 3, 3, 1);
    String turned = graph.node("Transpose", map, integers("perm", 0, 2, 3, 1));
    String projected = graph.node("MatMul", List.of(turned, graph.weights(3, 5)));
    String mean =
        graph.node("ReduceMean", projected, integers("axes", 1, 2), integer("keepdims", 0));
    graph.builder.node("MatMul", List.of(mean, graph.weights(5, 4)), "logits");
    ModelProto model = graph.builder.output("logits", 4).build();
    check(model);
    // A Transpose more, and ONNX Runtime may rewrite what is before it.
    Graph read = Graph.of(model);
    ExpansionNetwork expansion =
        ExpansionNetwork.of(RandomExpansion.of(read, projected, 4, new Random(2)), read);
    assertThat(transposes(read.explain(projected, ReluRule.PLAIN, expansion)))
        .isEqualTo(transposes(read.explain(projected)));
  }

  private static long transposes(ExplainedGraph graph) {
    return graph.model().getGraph().getNodeList().stream()
        .filter(node -> node.getOpType().equals("Transpose"))
        .count();
  }

  private static void check(ModelProto model) throws OrtException {
    Graph graph = Graph.of(model);
    String deepest = graph.defaultLayer().name();
    ModelProto file = RandomExpansion.of(graph, deepest, 4, new Random(2));
    ExpansionNetwork expansion = ExpansionNetwork.of(file, graph);
    assertThat(expansion.layers()).isEqualTo(graph.skips(deepest));
    ImageInput image = graph.input();
    int size = image.channels() * image.height() * image.width();
    float[] images = GradientCheck.randoms(new Random(3), FRAMES * size, 1);
    float[] alone = alone(graph, expansion, file, images);
    // The deepest layer, the finest, and the image.
    Layer finest = expansion.layers().get(expansion.layers().size() - 1);
    for (String layer : List.of(deepest, finest.name(), image.name())) {
      ExplainedGraph expanded = graph.explain(layer, ReluRule.PLAIN, expansion);
      assertThat(expanded.expanded()).isTrue();
      Structure.check(expanded);
      assertThat(expanded.report().outsideTensorRt()).isEmpty();
      ExplainedGraph plain = graph.explain(layer);
      assertThat(plain.expanded()).isFalse();
      ExplainedRun.Result without = run(plain, images);
      ExplainedRun.Result with = run(expanded, images);
      assertThat(with.logits).isEqualTo(without.logits);
      assertThat(with.chosen).isEqualTo(without.chosen);
      assertThat(with.activation).isEqualTo(without.activation);
      assertThat(with.gradient).isEqualTo(without.gradient);
      assertThat(without.reconstruction).isEmpty();
      assertThat(with.reconstruction).containsExactly(alone, within(1e-4f));
    }
  }

  private static ExplainedRun.Result run(ExplainedGraph graph, float[] images) throws OrtException {
    try (ExplainedRun run = new ExplainedRun(graph)) {
      return run.run(images, new long[] {2, 0}, new long[] {-1, 1});
    }
  }

  /** What the file gives for the layers' maps, each by itself. */
  private static float[] alone(
      Graph graph, ExpansionNetwork expansion, ModelProto file, float[] images)
      throws OrtException {
    List<Layer> layers = expansion.layers();
    FeatureGraph features = graph.features(layers.stream().map(Layer::name).toList());
    List<float[]> maps = FeatureGraphTest.run(features, images);
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (OrtSession session = OnnxRuntime.environment().createSession(file.toByteArray())) {
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = layers.get(i);
        long[] dims = {FRAMES, layer.channels(), layer.height(), layer.width()};
        inputs.put(
            layer.name(),
            OnnxTensor.createTensor(
                OnnxRuntime.environment(), FloatBuffer.wrap(maps.get(i)), dims));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  @Test
  void namesThatBothHaveStayApart() throws OrtException {
    GraphBuilder builder = new GraphBuilder("names").input("expansion/w", 2, 4, 4);
    builder.initializer("w", new float[] {1, 2, 3, 4, 5, 6}, 3, 2, 1, 1);
    builder.node("Conv", List.of("expansion/w", "w"), "conv", integers("kernel_shape", 1, 1));
    builder.node("Sigmoid", List.of("conv"), "reconstruction");
    builder.node("GlobalAveragePool", List.of("reconstruction"), "pooled");
    builder.node("Flatten", List.of("pooled"), "scores");
    Graph graph = Graph.of(builder.output("scores", 3).build());
    GraphBuilder decoder = new GraphBuilder("decoder").input("conv", 3, 4, 4);
    decoder.initializer("w", new float[] {1, 0, 0, 0, 1, 0}, 2, 3, 1, 1);
    decoder.node("Conv", List.of("conv", "w"), "pooled", integers("kernel_shape", 1, 1));
    decoder.node("Neg", List.of("pooled"), "reconstruction");
    ModelProto file = decoder.output("reconstruction", 2, 4, 4).build();
    ExplainedGraph expanded =
        graph.explain("reconstruction", ReluRule.PLAIN, ExpansionNetwork.of(file, graph));
    Structure.check(expanded);
    float[] images = GradientCheck.randoms(new Random(3), FRAMES * 32, 1);
    ExplainedRun.Result result = run(expanded, images);
    assertThat(result.activation)
        .isEqualTo(run(graph.explain("reconstruction"), images).activation);
    for (int n = 0; n < FRAMES; n++) {
      for (int i = 0; i < 16; i++) {
        float first = images[n * 32 + i];
        float second = images[n * 32 + 16 + i];
        assertThat(result.reconstruction[n * 32 + i]).isCloseTo(-first - 2 * second, within(1e-5f));
        assertThat(result.reconstruction[n * 32 + 16 + i])
            .isCloseTo(-3 * first - 4 * second, within(1e-5f));
      }
    }
  }

  @Test
  void decodersOfOtherOperatorSetsAreWrittenInTheClassifiers() throws OrtException {
    for (int opset : new int[] {9, 11, 13, 17, 21}) {
      for (int own : new int[] {9, 11, 14, 17, 23}) {
        Graph graph = classifier(opset);
        GraphBuilder decoder = new GraphBuilder("decoder").opset(own).input("map", 2, 4, 4);
        boolean old = own < 11;
        if (!old) {
          decoder.initializer("least", new float[] {-1});
          decoder.initializer("most", new float[] {0.5f});
        }
        decoder.node(
            "Clip",
            old ? List.of("map") : List.of("map", "least", "most"),
            "reconstruction",
            old
                ? new AttributeProto[] {Attributes.real("min", -1), Attributes.real("max", 0.5f)}
                : new AttributeProto[0]);
        ModelProto file = decoder.output("reconstruction", 2, 4, 4).build();
        ExplainedGraph expanded =
            graph.explain("map", ReluRule.PLAIN, ExpansionNetwork.of(file, graph));
        Structure.check(expanded);
        ExplainedRun.Result result =
            run(expanded, GradientCheck.randoms(new Random(3), FRAMES * 32, 1));
        for (int i = 0; i < FRAMES * 32; i++) {
          assertThat(result.reconstruction[i])
              .isEqualTo(Math.max(-1, Math.min(0.5f, result.activation[i])));
        }
      }
    }
  }

  @Test
  void operatorThatMeansSomethingElseInTheClassifiersSetIsRefused() {
    Consumer<GraphBuilder> softmax =
        decoder -> {
          decoder.opset(11);
          decoder.node("Softmax", List.of("map"), "reconstruction");
          decoder.output("reconstruction", 2, 4, 4);
        };
    refused(
        softmax,
        "node 'reconstruction' (Softmax) is of operator set 11, in which it does not mean what it means in the classifier's, 17; write the expansion network in that one");
    refused(decoder -> decoder.opset(6), "operator set 6 is not supported, only 7 to 23", true);
  }

  @Test
  void metadataTellsHowItWasTrained() {
    ModelProto.Builder file = decoder(decoder -> {}, true).toBuilder();
    file.addMetadataProps(StringStringEntryProto.newBuilder().setKey("images").setValue("120"));
    assertThat(ExpansionNetwork.of(file.build(), classifier(17)).metadata())
        .isEqualTo(Map.of("images", "120"));
  }

  @Test
  void whatDoesNotFitTheClassifierIsToldByTheNameOfTheTensor() {
    refused(
        decoder -> decoder.input("features", 2, 4, 4),
        "input 'features' is none of the classifier's tensors: there is no layer 'features'; layers that can be explained: map",
        true);
    refused(
        decoder -> decoder.input("image", 2, 4, 4),
        "input 'image' is the image itself, which is to be rebuilt from layers alone",
        true);
    refused(
        decoder -> decoder.output("map", 2, 4, 4),
        "the outputs are [map, reconstruction], where one named 'reconstruction' is needed",
        true);
    refused(
        decoder -> {
          decoder.node("Abs", List.of("map"), "reconstruction");
          decoder.output("reconstruction", 2, 4, 5);
        },
        "output 'reconstruction' is float [?, 2, 4, 5], where the classifier's input is float [N×2×4×4] with any number N of frames");
    refused(
        decoder -> {
          decoder.initializer("w", new float[4], 2, 2, 1, 1);
          decoder.node("Conv", List.of("map", "w"), "reconstruction", integers("strides", 2, 2));
          decoder.output("reconstruction", 2, 4, 4);
        },
        "output 'reconstruction' is computed as [N×2×2×2], and [N×2×4×4] is needed");
    refused(
        decoder -> {
          decoder.node("NonZero", List.of("map"), "reconstruction");
          decoder.output("reconstruction", 2, 4, 4);
        },
        "the shape that node 'reconstruction' (NonZero) gives is unknown");
    refused(
        decoder -> {
          decoder.node("Add", List.of(), "reconstruction");
          decoder.output("reconstruction", 2, 4, 4);
        },
        "node 'reconstruction' (Add): takes nothing");
    refused(
        decoder -> {
          decoder.initializer("reconstruction", new float[32], 1, 2, 4, 4);
          decoder.node("Abs", List.of("map"), "other");
          decoder.output("reconstruction", 2, 4, 4);
        },
        "output 'reconstruction' is computed by no node");
    refused(
        decoder -> {
          decoder.node(
              NodeProto.newBuilder()
                  .setOpType("Abs")
                  .setDomain("com.example")
                  .addInput("map")
                  .addOutput("reconstruction")
                  .build());
          decoder.output("reconstruction", 2, 4, 4);
        },
        "node 'reconstruction' (Abs) is of the operator set 'com.example', not of ONNX's own");
  }

  @Test
  void inputsOfAnotherShapeTypeOrBatchAreRefused() {
    String wanted = ", where layer 'map' is float [N×2×4×4] with any number N of frames";
    for (Map.Entry<Consumer<GraphBuilder>, String> each :
        Map.<Consumer<GraphBuilder>, String>of(
                decoder -> decoder.input("map", 2, 4, 3), "float [N, 2, 4, 3]",
                decoder -> decoder.input("map", DataType.DOUBLE, "N", 2, 4, 4),
                    "double [N, 2, 4, 4]",
                decoder -> decoder.input("map", 4, 4), "float [N, 4, 4]")
            .entrySet()) {
      GraphBuilder decoder = new GraphBuilder("decoder");
      each.getKey().accept(decoder);
      decoder.node("Abs", List.of("map"), "reconstruction");
      ModelProto file = decoder.output("reconstruction", 2, 4, 4).build();
      assertThatThrownBy(() -> ExpansionNetwork.of(file, classifier(17)))
          .isInstanceOf(GraphException.class)
          .hasMessage("input 'map' is " + each.getValue().replace("N", "?") + wanted);
    }
    ModelProto.Builder one = decoder(decoder -> {}, true).toBuilder();
    one.getGraphBuilder()
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .getDimBuilder(0)
        .setDimValue(1);
    assertThatThrownBy(() -> ExpansionNetwork.of(one.build(), classifier(17)))
        .hasMessage("input 'map' is float [1, 2, 4, 4]" + wanted);
  }

  @Test
  void fileThatIsMissingOrCutOffIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("expansion.onnx");
    assertThatThrownBy(() -> ExpansionNetwork.read(file, classifier(17)))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith(file + " cannot be read: ");
    byte[] whole = decoder(decoder -> {}, true).toByteArray();
    Files.write(file, Arrays.copyOf(whole, whole.length - 5));
    assertThatThrownBy(() -> ExpansionNetwork.read(file, classifier(17)))
        .hasMessageStartingWith(file + " is truncated or not an ONNX file: ");
    Files.write(file, new byte[0]);
    assertThatThrownBy(() -> ExpansionNetwork.read(file, classifier(17)))
        .hasMessage(file + ": the file holds no graph");
  }

  @Test
  void networkOfAnotherGraphIsRefused() {
    ExpansionNetwork expansion = ExpansionNetwork.of(decoder(decoder -> {}, true), classifier(17));
    assertThatThrownBy(() -> classifier(17).explain("map", ReluRule.PLAIN, expansion))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the expansion network was read for another graph");
  }

  private static void refused(Consumer<GraphBuilder> parts, String why) {
    refused(parts, why, false);
  }

  private static void refused(Consumer<GraphBuilder> parts, String why, boolean rest) {
    ModelProto file = decoder(parts, rest);
    assertThatThrownBy(() -> ExpansionNetwork.of(file, classifier(17)))
        .isInstanceOf(GraphException.class)
        .hasMessage(why);
  }

  /** A decoder with some parts, and perhaps the rest of one that would be right without them. */
  private static ModelProto decoder(Consumer<GraphBuilder> parts, boolean rest) {
    GraphBuilder decoder = new GraphBuilder("decoder").input("map", 2, 4, 4);
    parts.accept(decoder);
    if (rest) {
      decoder.node("Abs", List.of("map"), "reconstruction");
      decoder.output("reconstruction", 2, 4, 4);
    }
    return decoder.build();
  }

  /** 2 × 4 × 4 to two classes by a map of the same shape. */
  private static Graph classifier(int opset) {
    GraphBuilder graph = new GraphBuilder("classifier").opset(opset).input("image", 2, 4, 4);
    graph.initializer("w", new float[] {1, -1, 1, 1}, 2, 2, 1, 1);
    graph.node("Conv", List.of("image", "w"), "map", integers("kernel_shape", 1, 1));
    graph.node("GlobalAveragePool", List.of("map"), "pooled");
    graph.node("Flatten", List.of("pooled"), "logits");
    return Graph.of(graph.output("logits", 2).build());
  }
}
