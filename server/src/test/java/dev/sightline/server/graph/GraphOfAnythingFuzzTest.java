package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import org.junit.jupiter.params.provider.MethodSource;

/** As {@link GraphFuzzTest}, of files that are ONNX in form, with any fields at all. */
class GraphOfAnythingFuzzTest {

  @MethodSource("dev.sightline.server.graph.GraphFuzzTest#models")
  @FuzzTest
  void aNetworkIsExplainedOrRefused(@NotNull ModelProto model) {
    GraphFuzzTest.explainedOrRefused(model);
  }
}
