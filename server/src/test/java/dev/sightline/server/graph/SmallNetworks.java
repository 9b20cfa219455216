package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static dev.sightline.server.graph.Attributes.real;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.List;
import java.util.Random;

/** Small random networks, each with the traits of a well-known family. */
final class SmallNetworks {
  private SmallNetworks() {}

  /**
   * ResNet: a stem with an overlapping pooling, an identity block, a strided block with a
   * projection, pooling and linear.
   */
  static ModelProto residual(Random random) {
    RandomGraph graph = new RandomGraph(random, 3, 9, 10);
    String stem = normalised(graph, conv(graph, "x", 3, 4, 3, 1));
    String pooled =
        graph.node(
            "MaxPool",
            stem,
            integers("kernel_shape", 3, 3),
            integers("strides", 2, 2),
            integers("pads", 1, 1, 1, 1));
    String inner = graph.node("Relu", normalised(graph, conv(graph, pooled, 4, 4, 3, 1)));
    String block =
        graph.node("Relu", graph.node("Add", List.of(conv(graph, inner, 4, 4, 3, 1), pooled)));
    String strided = graph.node("Relu", conv(graph, block, 4, 6, 3, 2));
    String projected = conv(graph, block, 4, 6, 1, 2);
    String sum =
        graph.node("Add", List.of(normalised(graph, conv(graph, strided, 6, 6, 3, 1)), projected));
    return pooledHead(graph, graph.node("Relu", sum), 6);
  }

  /**
   * DenseNet and Inception: concatenated branches, average pooling with and without overlap, batch
   * norm before ReLU.
   */
  static ModelProto dense(Random random) {
    RandomGraph graph = new RandomGraph(random, 3, 6, 7);
    String first = conv(graph, "x", 3, 4, 3, 1);
    String grown =
        graph.node(
            "Concat",
            List.of(first, conv(graph, graph.node("Relu", first), 4, 2, 3, 1)),
            integer("axis", 1));
    String transition = conv(graph, graph.node("Relu", normalised(graph, grown)), 6, 4, 1, 1);
    String halved =
        graph.node(
            "AveragePool", transition, integers("kernel_shape", 2, 2), integers("strides", 2, 2));
    String smoothed =
        graph.node(
            "AveragePool",
            halved,
            integers("kernel_shape", 3, 3),
            integers("strides", 1, 1),
            integers("pads", 1, 1, 1, 1));
    String branches =
        graph.node(
            "Concat",
            List.of(conv(graph, halved, 4, 3, 1, 1), smoothed, graph.node("LeakyRelu", halved)),
            integer("axis", -3));
    String last = graph.node("Relu", normalised(graph, branches));
    String mean = graph.node("ReduceMean", last, integers("axes", 2, 3), integer("keepdims", 0));
    String product = graph.node("MatMul", List.of(mean, graph.weights(11, RandomGraph.CLASSES)));
    graph.builder.node("Add", List.of(product, graph.weights(RandomGraph.CLASSES)), "logits");
    return graph.builder.output("logits", RandomGraph.CLASSES).build();
  }

  /**
   * MobileNetV3: depthwise convolutions, ReLU6, squeeze-and-excite, hard swish, a 1 × 1 convolution
   * as the linear layer.
   */
  static ModelProto mobile(Random random) {
    RandomGraph graph = new RandomGraph(random, 3, 10, 9);
    String stem = graph.node("HardSwish", conv(graph, "x", 3, 4, 3, 2));
    String wide = relu6(graph, conv(graph, stem, 4, 6, 1, 1));
    String padded = graph.node("Pad", List.of(wide, graph.integers(0, 0, 0, 0, 0, 0, 1, 1)));
    String depthwise =
        graph.node(
            "Conv",
            List.of(padded, graph.weights(6, 1, 3, 3), graph.weights(6)),
            integers("kernel_shape", 3, 3),
            integers("strides", 2, 2),
            integer("group", 6));
    String active = relu6(graph, depthwise);
    String squeezed =
        graph.node("Relu", conv(graph, graph.node("GlobalAveragePool", active), 6, 2, 1, 1));
    String excited = conv(graph, squeezed, 2, 6, 1, 1);
    String gate =
        random.nextBoolean()
            ? graph.node("Sigmoid", excited)
            : graph.node("HardSigmoid", excited, real("alpha", 1f / 6));
    String gated = graph.node("Mul", List.of(active, gate));
    String narrow = normalised(graph, conv(graph, gated, 6, 5, 1, 1));
    String swish = graph.node("Mul", List.of(narrow, graph.node("Sigmoid", narrow)));
    String pooled =
        graph.node("AveragePool", swish, integers("kernel_shape", 2, 2), integers("strides", 2, 2));
    String scores = conv(graph, graph.node("Dropout", pooled), 5, RandomGraph.CLASSES, 1, 1);
    graph.builder.node("Squeeze", List.of(scores, graph.integers(2, 3)), "logits");
    return graph.builder.output("logits", RandomGraph.CLASSES).build();
  }

  /** VGG: convolutions and poolings, then a head of three matrix products. */
  static ModelProto plain(Random random) {
    RandomGraph graph = new RandomGraph(random, 3, 8, 8);
    String first = graph.node("Relu", conv(graph, "x", 3, 4, 3, 1));
    String pooled =
        graph.node("MaxPool", first, integers("kernel_shape", 2, 2), integers("strides", 2, 2));
    String second = graph.node("Relu", conv(graph, pooled, 4, 5, 3, 1));
    String again =
        graph.node("MaxPool", second, integers("kernel_shape", 2, 2), integers("strides", 2, 2));
    String flat = graph.node("Reshape", List.of(again, graph.integers(0, -1)));
    String hidden =
        graph.node(
            "Gemm", List.of(flat, graph.weights(8, 20), graph.weights(8)), integer("transB", 1));
    String wide = graph.node("Dropout", graph.node("Relu", hidden));
    String more =
        graph.node(
            "Relu", graph.node("Gemm", List.of(wide, graph.weights(8, 8), graph.weights(8))));
    graph.builder.node("Gemm", List.of(more, graph.weights(8, RandomGraph.CLASSES)), "logits");
    return graph.builder.output("logits", RandomGraph.CLASSES).build();
  }

  static String conv(RandomGraph graph, String input, int from, int to, int kernel, int stride) {
    int pad = kernel / 2;
    return graph.node(
        "Conv",
        List.of(input, graph.weights(to, from, kernel, kernel), graph.weights(to)),
        integers("kernel_shape", kernel, kernel),
        integers("strides", stride, stride),
        integers("pads", pad, pad, pad, pad));
  }

  static ModelProto pooledHead(RandomGraph graph, String map, int channels) {
    String flat = graph.node("Flatten", graph.node("GlobalAveragePool", map));
    graph.builder.node(
        "Gemm",
        List.of(
            flat, graph.weights(RandomGraph.CLASSES, channels), graph.weights(RandomGraph.CLASSES)),
        "logits",
        integer("transB", 1));
    return graph.builder.output("logits", RandomGraph.CLASSES).build();
  }

  private static String relu6(RandomGraph graph, String input) {
    return graph.node("Clip", List.of(input, graph.scalar(0), graph.scalar(1.5f)));
  }

  private static String normalised(RandomGraph graph, String input) {
    int channels = graph.shape(input)[1];
    return graph.node(
        "BatchNormalization",
        List.of(
            input,
            graph.positive(channels),
            graph.weights(channels),
            graph.weights(channels),
            graph.positive(channels)));
  }
}
