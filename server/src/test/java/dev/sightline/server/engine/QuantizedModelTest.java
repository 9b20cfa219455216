package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.graph.Quantization.Measured;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** ONNX Runtime makes operators of integers of what is written as floats between bytes. */
class QuantizedModelTest {
  @Test
  void everythingBeforeTheLastMapComputesWithBytes() throws Exception {
    OnnxEnvironment.create();
    Graph quantized = Graph.of(quantized());
    EngineSettings settings = EngineSettings.cpu(1);
    try (SessionOptions options = Providers.cpu(settings);
        OptimizedModel optimized =
            OptimizedModel.of(
                quantized.explain(quantized.defaultLayer().name()).model(), options)) {
      Map<String, Long> operators =
          optimized.model().getGraph().getNodeList().stream()
              .map(NodeProto::getOpType)
              .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
      assertThat(operators)
          .containsEntry("QLinearConv", 3L)
          .containsEntry("QLinearAdd", 1L)
          .containsEntry("QuantizeLinear", 1L)
          .doesNotContainKeys("Conv", "FusedConv", "Add", "Relu", "Clip");
    }
  }

  /** A residual block and a pooling, then pooling and one linear layer. */
  private static ModelProto quantized() {
    GraphBuilder graph = new GraphBuilder("block").input("input", 3, 16, 16);
    conv(graph, "input", "stem", 3, 8, 3);
    graph.node("Relu", List.of("stem"), "stem.relu");
    graph.node(
        "MaxPool",
        List.of("stem.relu"),
        "pooled",
        Attributes.integers("kernel_shape", 2, 2),
        Attributes.integers("strides", 2, 2));
    conv(graph, "pooled", "inner", 8, 8, 3);
    graph.initializer("zero", new float[] {0});
    graph.initializer("six", new float[] {6});
    graph.node("Clip", List.of("inner", "zero", "six"), "inner.relu6");
    conv(graph, "inner.relu6", "outer", 8, 8, 1);
    graph.node("Add", List.of("outer", "pooled"), "sum");
    graph.node("Relu", List.of("sum"), "map");
    graph.node("GlobalAveragePool", List.of("map"), "mean");
    graph.node("Flatten", List.of("mean"), "flat");
    graph.initializer("head", new float[8 * 4], 8, 4);
    graph.node("MatMul", List.of("flat", "head"), "logits");
    Graph floats = Graph.of(graph.output("logits", 4).build());
    int tensors = floats.quantization().ranges().layers().get(0).channels();
    float[] greatest = new float[tensors];
    java.util.Arrays.fill(greatest, 6);
    int channels = floats.quantization().ranges().layers().get(2).channels();
    return floats
        .quantization()
        .quantized(new Measured(new float[tensors], greatest, new float[channels]), 7);
  }

  private static void conv(GraphBuilder graph, String from, String to, int in, int out, int side) {
    float[] weights = new float[in * out * side * side];
    Random random = new Random(1);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian();
    }
    graph.initializer(to + ".w", weights, out, in, side, side);
    graph.initializer(to + ".b", new float[out], out);
    long pad = side / 2;
    graph.node(
        "Conv",
        List.of(from, to + ".w", to + ".b"),
        to,
        Attributes.integers("pads", pad, pad, pad, pad));
  }
}
