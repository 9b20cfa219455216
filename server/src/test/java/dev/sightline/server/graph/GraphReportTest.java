package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GraphReportTest {
  @Test
  void nodesAndConstantsAreCountedByTheirPart() {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 4, 4);
    String map = SmallNetworks.conv(graph, "x", 2, 3, 3, 1);
    ModelProto model = SmallNetworks.pooledHead(graph, map, 3);
    ExplainedGraph explained = Graph.of(model).explain(map);
    GraphReport report = explained.report();
    assertThat(report.opset()).isEqualTo(17);
    assertThat(report.bytes()).isEqualTo(explained.onnx().length);
    assertThat(report.forward().operators())
        .containsOnlyKeys("Conv", "Flatten", "Gemm", "GlobalAveragePool", "Identity")
        .containsEntry("Conv", 1);
    assertThat(report.backward().operators()).containsKeys("TopK").doesNotContainKey("Conv");
    assertThat(report.forward().nodes() + report.backward().nodes())
        .isEqualTo(explained.model().getGraph().getNodeCount());
    long numbers = 3 * 2 * 9 + 3 + RandomGraph.CLASSES * 3L + RandomGraph.CLASSES;
    assertThat(report.forward().constantBytes())
        .as("four constants with their names")
        .isBetween(4 * numbers, 4 * numbers + 4 * 40);
    assertThat(report.backward().constantBytes()).isPositive();
    assertThat(report.outsideTensorRt()).isEmpty();
  }

  @Test
  void networksCutAtTheirLastMapAreMadeOfWhatTensorRtTakes() {
    Random random = new Random(2);
    for (ModelProto model :
        List.of(
            SmallNetworks.plain(random),
            SmallNetworks.residual(random),
            SmallNetworks.dense(random),
            SmallNetworks.mobile(random))) {
      Graph graph = Graph.of(model);
      assertThat(graph.explain(graph.defaultLayer().name()).report().outsideTensorRt()).isEmpty();
    }
  }

  @Test
  void whatTensorRtDoesNotTakeIsNamed() {
    RandomGraph graph = new RandomGraph(new Random(3), 2, 8, 8);
    String pooled =
        graph.node(
            "MaxPool",
            SmallNetworks.conv(graph, "x", 2, 2, 3, 1),
            integers("kernel_shape", 2, 2),
            integers("dilations", 2, 2));
    Graph dilated = Graph.of(SmallNetworks.pooledHead(graph, pooled, 2));
    assertThat(dilated.explain(pooled).report().outsideTensorRt()).containsExactly("MaxPool");
  }
}
