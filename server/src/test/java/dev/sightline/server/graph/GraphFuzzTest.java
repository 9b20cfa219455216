package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes are called an ONNX file: all that can be asked of a graph, or a refusal. */
class GraphFuzzTest {
  private static final int LAYERS = 3;

  static Stream<ModelProto> models() {
    return Stream.of(
        SmallNetworks.residual(new Random(1)),
        SmallNetworks.dense(new Random(1)),
        SmallNetworks.mobile(new Random(1)),
        SmallNetworks.plain(new Random(1)));
  }

  static Stream<byte[]> files() {
    return models().map(ModelProto::toByteArray);
  }

  @MethodSource("files")
  @FuzzTest
  void aNetworkIsExplainedOrRefused(byte[] file) {
    try {
      explainedOrRefused(ModelProto.parseFrom(file));
    } catch (InvalidProtocolBufferException e) {
      // No ONNX at all.
    }
  }

  static void explainedOrRefused(ModelProto model) {
    Graph graph;
    try {
      graph = Graph.of(model);
    } catch (GraphException e) {
      return;
    }
    graph.layers().stream().limit(LAYERS).forEach(layer -> explain(graph, layer.name()));
    explain(graph, graph.input().name());
    refusedOrNot(() -> graph.explain(graph.defaultLayer().name()));
    refusedOrNot(graph::inference);
    refusedOrNot(() -> graph.obstacle(ReluRule.GUIDED));
    refusedOrNot(() -> new Randomisation(graph, 1).last(1));
  }

  private static void explain(Graph graph, String layer) {
    refusedOrNot(() -> graph.explain(layer));
    refusedOrNot(() -> graph.explain(layer, ReluRule.GUIDED));
    refusedOrNot(() -> graph.explainCentre(layer));
    refusedOrNot(() -> graph.head(layer));
    refusedOrNot(() -> graph.skips(layer));
    refusedOrNot(() -> graph.poolingAndLinear(layer));
    refusedOrNot(() -> graph.receptiveField(layer));
  }

  private static void refusedOrNot(Runnable asked) {
    try {
      asked.run();
    } catch (GraphException e) {
      // The one exception that is declared.
    }
  }
}
