package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integers;
import static dev.sightline.server.graph.Attributes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What cannot be read, cut or differentiated is refused with a message that says what and where.
 */
class GraphErrorsTest {
  private final Path folder;

  GraphErrorsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(ModelProto model) {
    return assertThatThrownBy(() -> Graph.of(model)).isInstanceOf(GraphException.class);
  }

  private static ModelProto changed(Consumer<GraphProto.Builder> change) {
    ModelProto.Builder model = SmallNetworks.plain(new Random(1)).toBuilder();
    change.accept(model.getGraphBuilder());
    return model.build();
  }

  @Test
  void truncatedFileIsNamed() throws IOException {
    byte[] bytes = SmallNetworks.plain(new Random(1)).toByteArray();
    Path file = folder.resolve("half.onnx");
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> Graph.read(file))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining(file + " is truncated or not an ONNX file");
  }

  @Test
  void fileThatIsNotOnnxIsNamed() throws IOException {
    Path text =
        Files.writeString(folder.resolve("notes.onnx"), "Dear reader, this is no model at all.");
    assertThatThrownBy(() -> Graph.read(text))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining(text.toString());
    Path empty = Files.write(folder.resolve("empty.onnx"), "".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Graph.read(empty)).hasMessage(empty + ": the model holds no graph");
    Path missing = folder.resolve("missing.onnx");
    assertThatThrownBy(() -> Graph.read(missing))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining(missing + " cannot be read");
  }

  @Test
  void wholeFileIsRead() throws IOException {
    ModelProto model = SmallNetworks.plain(new Random(1));
    Path file = Files.write(folder.resolve("plain.onnx"), model.toByteArray());
    assertThat(Graph.read(file).model()).isEqualTo(model);
  }

  @Test
  void missingConstantIsNamedWithItsNode() {
    assertRefused(changed(graph -> graph.removeInitializer(0)))
        .hasMessageContaining("(Conv) takes 'weights")
        .hasMessageContaining("which is no input, constant or output of a node");
  }

  @Test
  void circleIsRefused() {
    assertRefused(
            changed(graph -> graph.getNodeBuilder(1).setInput(0, graph.getNode(4).getOutput(0))))
        .hasMessageContaining("runs in a circle through node");
  }

  @Test
  void constantInAnotherFileIsRefused() {
    assertRefused(
            changed(graph -> graph.getInitializerBuilder(0).setDataLocation(DataLocation.EXTERNAL)))
        .hasMessageContaining("external data");
  }

  @Test
  void constantOfTheWrongLengthIsRefused() {
    ModelProto model =
        changed(
            graph -> {
              var first = graph.getInitializerBuilder(0);
              first.setRawData(first.getRawData().substring(4));
            });
    Graph graph = Graph.of(model);
    assertThatThrownBy(() -> graph.explain("input"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("does not hold as many values as its shape");
  }

  @Test
  void modelThatTakesNoImagesIsRefused() {
    assertRefused(
            changed(
                graph ->
                    graph
                        .getInputBuilder(0)
                        .getTypeBuilder()
                        .getTensorTypeBuilder()
                        .setElemType(DataType.INT64.getNumber())))
        .hasMessage("input 'input' is not a float32 image input N×3×H×W, but int64 [?, 3, 8, 8]");
    assertRefused(changed(graph -> graph.addInput(graph.getInput(0).toBuilder().setName("second"))))
        .hasMessageContaining("the model has 2 inputs [input, second]");
  }

  @Test
  void unknownOperatorSetIsRefused() {
    ModelProto.Builder model = SmallNetworks.plain(new Random(1)).toBuilder();
    model.getOpsetImportBuilder(0).setVersion(99);
    assertRefused(model.build()).hasMessage("operator set 99 is not supported, only 7 to 23");
  }

  @Test
  void severalPossibleOutputsAreNamed() {
    RandomGraph graph = new RandomGraph(new Random(1));
    graph.builder.node("Flatten", List.of("x"), "one");
    graph.builder.node("Sigmoid", List.of("one"), "two");
    assertRefused(graph.builder.output("one", 4).output("two", 4).build())
        .hasMessage(
            "which of the outputs [one, two] are the logits? None is named so; choose one by `sightline model add --output`");
  }

  @Test
  void controlFlowIsRefused() {
    assertRefused(
            changed(
                graph ->
                    graph
                        .getNodeBuilder(2)
                        .addAttribute(
                            AttributeProto.newBuilder()
                                .setName("then_branch")
                                .setType(AttributeType.GRAPH))))
        .hasMessageContaining("control flow is not supported");
  }

  @Test
  void shapesOfConstantsAreNotBelievedBeforeTheirValuesAreCounted() {
    for (long length : new long[] {1 << 30, 1L << 40}) {
      ModelProto model =
          changed(
              graph -> {
                for (TensorProto.Builder constant : graph.getInitializerBuilderList()) {
                  if (constant.getDataType() == TensorProto.DataType.INT64.getNumber()) {
                    constant.clearDims().addDims(length);
                  }
                }
              });
      assertRefused(model).hasMessageContaining("does not hold as many values as its shape");
    }
  }

  @Test
  void constantsThatNoNetworkNeedsAreNotMade() {
    RandomGraph graph = new RandomGraph(new Random(1));
    String pooled =
        graph.node(
            "AveragePool",
            "x",
            integers("kernel_shape", 1 << 14, 1 << 14),
            integers("strides", 1 << 14, 1 << 14),
            integers("pads", 1 << 13, 1 << 13, 1 << 13, 1 << 13));
    Graph read = Graph.of(graph.headed(pooled));
    assertThatThrownBy(() -> read.explain("x"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining(" numbers would have to be added");
  }

  @Test
  void versionBeyondAllVersionsIsRefused() {
    ModelProto.Builder model = SmallNetworks.plain(new Random(1)).toBuilder();
    assertRefused(model.setIrVersion(1L << 40).build())
        .hasMessage("there is no IR version 1099511627776");
    assertRefused(model.setIrVersion(-1).build()).hasMessage("there is no IR version -1");
  }

  @Test
  void batchFixedToSeveralIsRefused() {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 5, 5);
    assertRefused(
            graph
                .builder
                .node(
                    NodeProto.newBuilder()
                        .setOpType("Reshape")
                        .addInput("x")
                        .addInput(graph.integers(4, 50))
                        .addOutput("logits")
                        .build())
                .output("logits", 50)
                .build())
        .hasMessage("node 'logits' (Reshape): is fixed to a batch of 4");
  }

  @Test
  void unknownLayerComesWithTheNearestNames() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(1)));
    String known = graph.layers().get(2).name();
    assertThatThrownBy(() -> graph.explain(known.toUpperCase(Locale.ROOT)))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith(
            "there is no layer '"
                + known.toUpperCase(Locale.ROOT)
                + "'; layers that can be explained: "
                + known
                + ", ");
  }

  @Test
  void operatorWithoutRuleIsNamedWithTheLayersThatCanStillBeExplained() {
    RandomGraph graph = new RandomGraph(new Random(1));
    String before = SmallNetworks.conv(graph, "x", graph.channels, 3, 3, 1);
    String odd = graph.node("Round", before);
    String after = graph.node("Relu", SmallNetworks.conv(graph, odd, 3, 3, 3, 1));
    Graph read = Graph.of(graph.headed(after));
    assertThat(read.layers()).extracting(Layer::name).startsWith(odd).endsWith(after).hasSize(3);
    assertThat(read.defaultLayer().name()).isEqualTo(after);
    assertThatThrownBy(() -> read.explain(before))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith(
            "layer '"
                + before
                + "' cannot be explained: node '"
                + odd
                + "' (Round) has an operator without a rule of differentiation; layers that can be explained: ")
        .hasMessageContaining(after);
  }

  @Test
  void useOfAnOperatorThatHasNoRuleIsNamed() {
    RandomGraph graph = new RandomGraph(new Random(1));
    String pads = graph.integers(0, 0, 1, 1, 0, 0, 1, 1);
    String mirrored = graph.node("Pad", List.of("x", pads), text("mode", "reflect"));
    Graph read = Graph.of(graph.headed(mirrored));
    assertThat(read.layers()).extracting(Layer::name).containsExactly(mirrored);
    assertThatThrownBy(() -> read.explain("x"))
        .hasMessageContaining(
            "(Pad) pads in mode 'reflect', of which only 'constant' can be differentiated");
  }

  @Test
  void modelWithoutAnyLayerToExplainSaysWhyWhereverALayerIsAsked() {
    RandomGraph graph = new RandomGraph(new Random(1));
    String pooled = graph.node("GlobalAveragePool", "x");
    Graph read = Graph.of(graph.headed(graph.node("Round", pooled)));
    String why = "node 'round1' (Round) has an operator without a rule of differentiation";
    assertThat(read.layers()).isEmpty();
    assertThat(read.obstacle(ReluRule.PLAIN)).contains(why);
    assertThatThrownBy(read::defaultLayer)
        .isInstanceOf(GraphException.class)
        .hasMessage("no layer can be explained: " + why);
    assertThatThrownBy(() -> read.explain("x"))
        .isInstanceOf(GraphException.class)
        .hasMessage("layer 'x' cannot be explained: " + why);
    assertThatThrownBy(() -> read.layer("y"))
        .isInstanceOf(GraphException.class)
        .hasMessage("there is no layer 'y'; no layer can be explained: " + why);
  }
}
