package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** At every resolution the last tensor that all must pass through. */
class SkipsTest {
  @Test
  void plainNetworkGivesWhatEntersEachPooling() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(1)));
    List<Layer> skips = graph.skips(graph.defaultLayer().name());
    assertThat(skips).extracting(Layer::operator).containsExactly("Relu", "Relu");
    assertThat(sizes(skips)).containsExactly("5x4x4", "4x8x8");
  }

  /** 224 to 55, 27, 13 and 6, as AlexNet's windows have it; channels do not matter. */
  @Test
  void oddSizesAreResolutionsAsEvenOnesAre() {
    RandomGraph graph = new RandomGraph(new Random(1), 1, 224, 224);
    String first =
        graph.node(
            "Relu",
            graph.node(
                "Conv",
                List.of("x", graph.weights(2, 1, 11, 11)),
                integers("strides", 4, 4),
                integers("pads", 2, 2, 2, 2)));
    String second = relu(graph, pooled(graph, first), 2, 3, 5, 1);
    String third = relu(graph, pooled(graph, second), 3, 4, 3, 1);
    String fifth = relu(graph, third, 4, 3, 3, 1);
    String last = pooled(graph, fifth);
    Graph read = Graph.of(SmallNetworks.pooledHead(graph, last, 3));
    assertThat(names(read.skips(last))).containsExactly(last, fifth, second, first);
    assertThat(sizes(read.skips(last))).containsExactly("3x6x6", "3x13x13", "3x27x27", "2x55x55");
    assertThat(names(read.skips(fifth))).containsExactly(fifth, second, first);
  }

  /** The first convolution of a block whose second strides still has the old resolution. */
  @Test
  void narrowStartOfTheNextResidualBlockIsNotTheEndOfAStage() {
    RandomGraph graph = new RandomGraph(new Random(1), 3, 16, 16);
    String stem = relu(graph, "x", 3, 4, 3, 1);
    String within = relu(graph, stem, 4, 4, 3, 1);
    String stage =
        graph.node(
            "Relu",
            graph.node("Add", List.of(SmallNetworks.conv(graph, within, 4, 4, 3, 1), stem)));
    String narrow = relu(graph, stage, 4, 2, 1, 1);
    String strided = relu(graph, narrow, 2, 2, 3, 2);
    String widened = SmallNetworks.conv(graph, strided, 2, 6, 1, 1);
    String projected = SmallNetworks.conv(graph, stage, 4, 6, 1, 2);
    String last = graph.node("Relu", graph.node("Add", List.of(widened, projected)));
    Graph read = Graph.of(SmallNetworks.pooledHead(graph, last, 6));
    assertThat(names(read.skips(last))).containsExactly(last, stage);
    // On the way to a layer inside the block nothing leads around its start.
    assertThat(names(read.skips(strided))).containsExactly(strided, narrow);
  }

  @Test
  void branchesCountWhereTheyAreJoined() {
    Graph graph = Graph.of(SmallNetworks.dense(new Random(1)));
    List<Layer> skips = graph.skips(graph.defaultLayer().name());
    // The transition behind the joined maps, which the pooling takes.
    assertThat(skips).extracting(Layer::operator).containsExactly("Relu", "Conv");
    assertThat(sizes(skips)).containsExactly("11x3x3", "4x6x7");
  }

  @Test
  void branchesThatAreJoinedOnlyBehindTheirStridesGiveTheLastOfThem() {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 8, 8);
    String left = SmallNetworks.conv(graph, "x", 2, 3, 3, 1);
    String right = SmallNetworks.conv(graph, "x", 2, 4, 3, 1);
    String joined =
        graph.node(
            "Concat",
            List.of(
                SmallNetworks.conv(graph, left, 3, 3, 3, 2),
                SmallNetworks.conv(graph, right, 4, 3, 3, 2)),
            integer("axis", 1));
    Graph read = Graph.of(SmallNetworks.pooledHead(graph, joined, 6));
    assertThat(names(read.skips(joined))).containsExactly(joined, right);
  }

  @Test
  void paddedOrScaledImagesAreTheImagesStill() {
    RandomGraph graph = new RandomGraph(new Random(1), 3, 12, 12);
    String scaled = graph.node("Mul", List.of("x", graph.scalar(2)));
    String padded = pad(graph, scaled, 3);
    String stem =
        graph.node(
            "Relu",
            graph.node(
                "Conv", List.of(padded, graph.weights(4, 3, 7, 7)), integers("strides", 2, 2)));
    String last = relu(graph, pooled(graph, pad(graph, stem, 4)), 4, 5, 3, 1);
    Graph read = Graph.of(SmallNetworks.pooledHead(graph, last, 5));
    // Neither the image at 12 and 18, nor the padded maps at 14.
    assertThat(sizes(read.skips(last))).containsExactly("5x6x6");
    String strided = relu(graph, last, 5, 5, 3, 2);
    Graph deeper = Graph.of(another(graph, strided, 5));
    assertThat(names(deeper.skips(strided))).containsExactly(strided, last);
  }

  private static ModelProto another(RandomGraph graph, String map, int channels) {
    String flat = graph.node("Flatten", graph.node("GlobalAveragePool", map));
    String scores = graph.node("MatMul", List.of(flat, graph.weights(channels, 4)));
    ModelProto both = graph.builder.output(scores, 4).build();
    ModelProto.Builder one = both.toBuilder();
    one.getGraphBuilder().removeOutput(0);
    return one.build();
  }

  @Test
  void convolutionsThatShaveOffEdgesMakeNoResolution() {
    RandomGraph graph = new RandomGraph(new Random(1), 1, 41, 41);
    String first = valid(graph, "x", 1);
    String second = valid(graph, first, 1);
    String third = valid(graph, second, 2);
    String last = valid(graph, third, 1);
    Graph read = Graph.of(SmallNetworks.pooledHead(graph, last, 1));
    // 39 and 37 are one resolution, 18 and the layer's 16 another.
    assertThat(names(read.skips(last))).containsExactly(last, second);
  }

  private static String valid(RandomGraph graph, String from, int stride) {
    return graph.node(
        "Conv", List.of(from, graph.weights(1, 1, 3, 3)), integers("strides", stride, stride));
  }

  @Test
  void transformerHasOneResolution() {
    Graph graph = Graph.of(new LiftingTest().transformer());
    Layer layer = graph.defaultLayer();
    assertThat(graph.skips(layer.name())).containsExactly(layer);
  }

  @Test
  void channelsLastAndWhatCannotBeDifferentiatedAreTakenToo() {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 8, 8);
    String turned =
        graph.node(
            "Transpose", SmallNetworks.conv(graph, "x", 2, 3, 3, 1), integers("perm", 0, 2, 3, 1));
    String mixed = graph.node("MatMul", List.of(turned, graph.weights(3, 5)));
    String back = graph.node("Transpose", mixed, integers("perm", 0, 3, 1, 2));
    String last = SmallNetworks.conv(graph, back, 5, 4, 3, 2);
    String pooled = graph.node("Round", graph.node("GlobalAveragePool", last));
    Graph read = Graph.of(SmallNetworks.pooledHead(graph, pooled, 4));
    assertThat(read.layers()).isEmpty();
    assertThat(names(read.skips(last))).containsExactly(last, mixed);
    assertThat(sizes(read.skips(last))).containsExactly("4x4x4", "5x8x8");
  }

  @Test
  void imageAndUnknownLayersAreRefused() {
    Graph graph = Graph.of(SmallNetworks.plain(new Random(1)));
    assertThatThrownBy(() -> graph.skips("input"))
        .isInstanceOf(GraphException.class)
        .hasMessage("'input' is the input itself");
    assertThatThrownBy(() -> graph.skips("nowhere"))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith("there is no layer 'nowhere'; ");
  }

  private static String relu(
      RandomGraph graph, String input, int from, int to, int kernel, int stride) {
    return graph.node("Relu", SmallNetworks.conv(graph, input, from, to, kernel, stride));
  }

  private static String pooled(RandomGraph graph, String input) {
    return graph.node("MaxPool", input, integers("kernel_shape", 3, 3), integers("strides", 2, 2));
  }

  private static String pad(RandomGraph graph, String input, long by) {
    return graph.node(
        "Pad", List.of(input, graph.integers(0, 0, by, by, 0, 0, by, by), graph.scalar(0)));
  }

  private static List<String> names(List<Layer> layers) {
    return layers.stream().map(Layer::name).toList();
  }

  private static List<String> sizes(List<Layer> layers) {
    return layers.stream()
        .map(layer -> layer.channels() + "x" + layer.height() + "x" + layer.width())
        .toList();
  }
}
