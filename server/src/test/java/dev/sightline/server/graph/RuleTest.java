package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static dev.sightline.server.graph.Attributes.real;
import static dev.sightline.server.graph.Attributes.text;
import static java.util.Map.entry;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every rule, alone between the image input and a random linear head, on random shapes. */
class RuleTest {
  private static final int SEEDS = 8;

  /** Adds the operator under test, applied to "x", and gives its output's name. */
  private interface Operator {
    String add(RandomGraph graph);
  }

  private static final Map<String, Operator> OPERATORS =
      Map.ofEntries(
          entry("Abs", graph -> graph.node("Abs", "x")),
          entry("Add", graph -> binary(graph, "Add")),
          entry("Add of two tensors", graph -> gate(graph, "Add")),
          entry("AveragePool", RuleTest::averagePool),
          entry("AveragePool of the whole map", RuleTest::wholeAveragePool),
          entry("BatchNormalization", RuleTest::batchNormalization),
          entry("Cast", graph -> graph.node("Cast", "x", integer("to", 1))),
          entry("Celu", graph -> graph.node("Celu", "x", real("alpha", 1.3f))),
          entry("Clip", graph -> clip(graph, -0.5f, 0.75f)),
          entry("Clip from zero", graph -> clip(graph, 0, 0.6f)),
          entry(
              "Clip without maximum",
              graph -> graph.node("Clip", List.of("x", graph.scalar(0.25f)))),
          entry(
              "Clip without minimum",
              graph -> graph.node("Clip", List.of("x", "", graph.scalar(0.25f)))),
          entry("Concat", RuleTest::concat),
          entry("Conv", RuleTest::conv),
          entry("Conv with auto_pad", RuleTest::autoPadded),
          entry("Conv with more padding than kernel", RuleTest::overPadded),
          entry("Conv, depthwise", RuleTest::depthwise),
          entry("Conv, stepping by one", RuleTest::denseConv),
          entry("Div", graph -> binary(graph, "Div")),
          entry("Div of two tensors", graph -> gate(graph, "Div")),
          entry("Dropout", graph -> graph.node("Dropout", "x")),
          entry("Einsum", RuleTest::einsum),
          entry("Elu", graph -> graph.node("Elu", "x", real("alpha", 0.7f))),
          entry("Erf", graph -> graph.node("Erf", "x")),
          entry("Exp", graph -> graph.node("Exp", "x")),
          entry("Expand", RuleTest::expand),
          entry("Flatten", graph -> graph.node("Flatten", "x")),
          entry("Gather", RuleTest::gather),
          entry("Gather of one", RuleTest::gatherOne),
          entry("Gelu", graph -> gelu(graph, "none")),
          entry("Gelu by tanh", graph -> gelu(graph, "tanh")),
          entry("Gemm", RuleTest::gemm),
          entry("GlobalAveragePool", graph -> graph.node("GlobalAveragePool", "x")),
          entry("GlobalMaxPool", graph -> graph.node("GlobalMaxPool", "x")),
          entry(
              "HardSigmoid",
              graph -> graph.node("HardSigmoid", "x", real("alpha", 0.4f), real("beta", 0.3f))),
          entry(
              "HardSwish",
              graph -> graph.node("HardSwish", graph.node("Mul", List.of("x", graph.scalar(3))))),
          entry("Identity", graph -> graph.node("Identity", "x")),
          entry("GroupNorm as it is exported", RuleTest::groupNorm),
          entry("InstanceNormalization", RuleTest::instanceNormalization),
          entry("LayerNormalization", RuleTest::layerNormalization),
          entry("LeakyRelu", graph -> graph.node("LeakyRelu", "x", real("alpha", 0.3f))),
          entry(
              "LeakyRelu with a negative slope",
              graph -> graph.node("LeakyRelu", "x", real("alpha", -0.3f))),
          entry("Log", graph -> graph.node("Log", aboveZero(graph))),
          entry(
              "MatMul", graph -> graph.node("MatMul", List.of("x", graph.weights(graph.width, 3)))),
          entry(
              "MatMul from the left",
              graph -> graph.node("MatMul", List.of(graph.weights(3, graph.height), "x"))),
          entry("MatMul of two tensors", RuleTest::attention),
          entry("MatMul, plain", RuleTest::plainMatMul),
          entry(
              "Max",
              graph -> graph.node("Max", List.of("x", graph.scalar(0.2f), graph.scalar(-0.1f)))),
          entry("Max of two tensors", graph -> gate(graph, "Max")),
          entry("MaxPool", RuleTest::maxPool),
          entry(
              "MaxPool by twos",
              graph ->
                  graph.node(
                      "MaxPool", "x", integers("kernel_shape", 2, 2), integers("strides", 2, 2))),
          entry("MaxPool, 3 by 3 with stride 2", RuleTest::resnetPool),
          entry("Min", graph -> graph.node("Min", List.of(graph.weights(graph.width), "x"))),
          entry("Min of two tensors", graph -> gate(graph, "Min")),
          entry("Mish", RuleTest::mish),
          entry("Mul", graph -> binary(graph, "Mul")),
          entry("Mul of a tensor with itself", graph -> graph.node("Mul", List.of("x", "x"))),
          entry("Mul of two tensors", graph -> gate(graph, "Mul")),
          entry("Neg", graph -> graph.node("Neg", "x")),
          entry("PRelu", RuleTest::pRelu),
          entry("Pad", RuleTest::pad),
          entry("Pow", graph -> pow(graph, 2)),
          entry(
              "Pow by an integer",
              graph ->
                  graph.node(
                      "Pow", List.of("x", graph.builder.initializer("three", new long[] {3})))),
          entry("Pow to a third", graph -> pow(graph, 1.0f / 3)),
          entry("Reciprocal", graph -> graph.node("Reciprocal", aboveZero(graph))),
          entry("ReduceL2", RuleTest::reduceL2),
          entry("ReduceMax", graph -> reduced(graph, "ReduceMax")),
          entry("ReduceMean", RuleTest::reduceMean),
          entry("ReduceMin", graph -> reduced(graph, "ReduceMin")),
          entry("ReduceSum", RuleTest::reduceSum),
          entry("Relu", graph -> graph.node("Relu", "x")),
          entry("Reshape", RuleTest::channelShuffle),
          entry("Selu", graph -> graph.node("Selu", "x")),
          entry("Sigmoid", graph -> graph.node("Sigmoid", "x")),
          entry("Slice", RuleTest::slice),
          entry("Slice backwards", RuleTest::sliceBackwards),
          entry(
              "Softmax", graph -> graph.node("Softmax", "x", integer("axis", 1 + graph.below(3)))),
          entry("Softmax before operator set 13", RuleTest::oldSoftmax),
          entry("Softplus", graph -> graph.node("Softplus", "x")),
          entry("Softsign", graph -> graph.node("Softsign", "x")),
          entry("Split", RuleTest::split),
          entry("Split evenly", RuleTest::splitEvenly),
          entry("Split into a number of parts", RuleTest::splitInto),
          entry("Sqrt", graph -> graph.node("Sqrt", aboveZero(graph))),
          entry("Squeeze", RuleTest::squeeze),
          entry("Sub", graph -> binary(graph, "Sub")),
          entry("Sub of two tensors", graph -> gate(graph, "Sub")),
          entry("Sum", graph -> graph.node("Sum", List.of("x", graph.node("Tanh", "x"), "x"))),
          entry("Tanh", graph -> graph.node("Tanh", "x")),
          entry(
              "ThresholdedRelu", graph -> graph.node("ThresholdedRelu", "x", real("alpha", 0.3f))),
          entry("Transpose", RuleTest::transpose),
          entry("Unsqueeze", RuleTest::unsqueeze),
          entry("Where", RuleTest::where));

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithFiniteDifferences() {
    return OPERATORS.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(test -> DynamicTest.dynamicTest(test.getKey(), () -> check(test.getValue())));
  }

  private static void check(Operator operator) throws OrtException {
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomGraph graph = new RandomGraph(new Random(seed));
      String out = operator.add(graph);
      double unused = GradientCheck.check(graph.headed(out), "x", graph.random);
    }
  }

  private static AttributeProto[] with(AttributeProto[] attributes, AttributeProto... more) {
    return Stream.concat(Arrays.stream(attributes), Arrays.stream(more))
        .toArray(AttributeProto[]::new);
  }

  private static String clip(RandomGraph graph, float min, float max) {
    return graph.node("Clip", List.of("x", graph.scalar(min), graph.scalar(max)));
  }

  private static String conv(RandomGraph graph) {
    int group = 1 + graph.below(2);
    int kernelHeight = 1 + graph.below(3);
    int kernelWidth = 1 + graph.below(3);
    String weights = graph.weights(group * 2L, graph.channels / group, kernelHeight, kernelWidth);
    return graph.node(
        "Conv",
        List.of("x", weights, graph.weights(group * 2L)),
        with(graph.window(kernelHeight, kernelWidth, true), integer("group", group)));
  }

  private static String denseConv(RandomGraph graph) {
    int group = 1 + graph.below(2);
    return graph.node(
        "Conv",
        List.of("x", graph.weights(group * 3L, graph.channels / group, 3, 2)),
        integers("kernel_shape", 3, 2),
        integers("dilations", 1 + graph.below(2), 1 + graph.below(2)),
        integers("pads", graph.below(3), graph.below(2), graph.below(3), graph.below(2)),
        integer("group", group));
  }

  private static String depthwise(RandomGraph graph) {
    int multiplier = 1 + graph.below(2);
    return graph.node(
        "Conv",
        List.of("x", graph.weights((long) graph.channels * multiplier, 1, 3, 3)),
        with(graph.window(3, 3, true), integer("group", graph.channels)));
  }

  private static String autoPadded(RandomGraph graph) {
    String[] ways = {"SAME_UPPER", "SAME_LOWER", "VALID"};
    return graph.node(
        "Conv",
        List.of("x", graph.weights(3, graph.channels, 3, 2)),
        integers("kernel_shape", 3, 2),
        integers("strides", 1 + graph.below(2), 1 + graph.below(2)),
        text("auto_pad", ways[graph.below(3)]));
  }

  private static String overPadded(RandomGraph graph) {
    return graph.node(
        "Conv",
        List.of("x", graph.weights(2, graph.channels, 1, 2)),
        integers("kernel_shape", 1, 2),
        integers("strides", 1 + graph.below(2), 1),
        integers("pads", 1, 2, 2, 0));
  }

  private static String maxPool(RandomGraph graph) {
    return graph.node(
        "MaxPool",
        "x",
        with(graph.window(1 + graph.below(3), 1 + graph.below(3), true), ceilMode(graph)));
  }

  private static String resnetPool(RandomGraph graph) {
    return graph.node(
        "MaxPool",
        "x",
        integers("kernel_shape", 3, 3),
        integers("strides", 2, 2),
        integers("pads", 1, 1, 1, 1));
  }

  private static String averagePool(RandomGraph graph) {
    AttributeProto[] window = graph.window(1 + graph.below(3), 1 + graph.below(3), true);
    List<AttributeProto> attributes =
        Arrays.stream(window).filter(a -> !a.getName().equals("dilations")).toList();
    return graph.node(
        "AveragePool",
        "x",
        with(
            attributes.toArray(AttributeProto[]::new),
            integer("count_include_pad", graph.below(2)),
            ceilMode(graph)));
  }

  /** Before operator set 22, ONNX counted windows here that no engine computes. */
  private static AttributeProto ceilMode(RandomGraph graph) {
    int ceil = graph.below(2);
    graph.builder.opset(ceil == 0 ? 17 : 22);
    return integer("ceil_mode", ceil);
  }

  private static String wholeAveragePool(RandomGraph graph) {
    return graph.node("AveragePool", "x", integers("kernel_shape", graph.height, graph.width));
  }

  private static String batchNormalization(RandomGraph graph) {
    return graph.node(
        "BatchNormalization",
        List.of(
            "x",
            graph.weights(graph.channels),
            graph.weights(graph.channels),
            graph.weights(graph.channels),
            graph.positive(graph.channels)),
        real("epsilon", 1e-3f));
  }

  private static String reduceMean(RandomGraph graph) {
    return reduced(graph, "ReduceMean");
  }

  private static String reduced(RandomGraph graph, String operator) {
    long[][] axes = {{2, 3}, {-1}, {1}, {-2, -1}, {1, 3}};
    return graph.node(
        operator,
        "x",
        integers("axes", axes[graph.below(axes.length)]),
        integer("keepdims", graph.below(2)));
  }

  private static String reduceSum(RandomGraph graph) {
    long[][] axes = {{2, 3}, {-1}, {1}};
    String reduced = graph.integers(axes[graph.below(axes.length)]);
    return graph.node("ReduceSum", List.of("x", reduced), integer("keepdims", graph.below(2)));
  }

  /** Arithmetic with a constant that may be broadcast or broadcast the input, on either side. */
  private static String binary(RandomGraph graph, String operator) {
    long[][] shapes = {
      {},
      {graph.channels, 1, 1},
      {1, graph.channels, 1, 1},
      {graph.channels, graph.height, graph.width},
      {graph.width}
    };
    String constant = graph.positive(shapes[graph.below(shapes.length)]);
    if (graph.below(2) == 0) {
      return graph.node(operator, List.of("x", constant));
    }
    String divisor = graph.node("Add", List.of(graph.node("Sigmoid", "x"), graph.scalar(1)));
    return graph.node(operator, List.of(constant, divisor));
  }

  /** Arithmetic of a map with values of one a channel or one a cell, as in gates. */
  private static String gate(RandomGraph graph, String operator) {
    String pooled =
        graph.below(2) == 0
            ? graph.node("GlobalAveragePool", "x")
            : graph.node("ReduceMean", "x", integers("axes", 1));
    String gate = graph.node("Add", List.of(graph.node("Sigmoid", pooled), graph.scalar(0.5f)));
    return graph.below(2) == 0
        ? graph.node(operator, List.of("x", gate))
        : graph.node(
            operator, List.of(gate, graph.node("Add", List.of(graph.node("Sigmoid", "x"), gate))));
  }

  private static String channelShuffle(RandomGraph graph) {
    long half = graph.channels / 2;
    String apart =
        graph.node("Reshape", List.of("x", graph.integers(0, 2, half, graph.height, -1)));
    String turned = graph.node("Transpose", apart, integers("perm", 0, 2, 1, 3, 4));
    String together =
        graph.node(
            "Reshape",
            List.of(turned, graph.integers(-1, graph.channels, graph.height, graph.width)));
    return graph.node("Mul", List.of(together, "x"));
  }

  private static String transpose(RandomGraph graph) {
    long[][] orders = {{0, 2, 3, 1}, {0, 3, 1, 2}, {0, 1, 3, 2}};
    return graph.node("Transpose", "x", integers("perm", orders[graph.below(3)]));
  }

  private static String squeeze(RandomGraph graph) {
    String pooled = graph.node("GlobalAveragePool", "x");
    return graph.node("Squeeze", List.of(pooled, graph.integers(3, -2)));
  }

  private static String unsqueeze(RandomGraph graph) {
    String flat = graph.node("Flatten", "x");
    return graph.node("Unsqueeze", List.of(flat, graph.integers(-1, 2)));
  }

  private static String concat(RandomGraph graph) {
    String other = graph.node("Tanh", "x");
    return graph.node("Concat", List.of("x", other, "x"), integer("axis", graph.below(3) - 3));
  }

  private static String pad(RandomGraph graph) {
    String pads =
        graph.integers(
            0, 0, graph.below(4) - 2, graph.below(3), 0, 1, graph.below(3), graph.below(4) - 2);
    return graph.node("Pad", List.of("x", pads, graph.scalar(0.5f)));
  }

  private static String attention(RandomGraph graph) {
    String turned = graph.node("Transpose", "x", integers("perm", 0, 1, 3, 2));
    String oneMap = graph.node("ReduceMean", turned, integers("axes", 1));
    return graph.node("MatMul", graph.below(2) == 0 ? List.of("x", turned) : List.of("x", oneMap));
  }

  private static String plainMatMul(RandomGraph graph) {
    String flat = graph.node("Flatten", "x");
    long size = (long) graph.channels * graph.height * graph.width;
    String hidden = graph.node("MatMul", List.of(flat, graph.weights(size, 5)));
    return graph.node("Tanh", graph.node("Mul", List.of(hidden, graph.scalar(0.1f))));
  }

  private static String gemm(RandomGraph graph) {
    String flat = graph.node("Flatten", "x");
    long size = (long) graph.channels * graph.height * graph.width;
    boolean turned = graph.below(2) == 0;
    String hidden =
        graph.node(
            "Gemm",
            List.of(
                flat,
                turned ? graph.weights(5, size) : graph.weights(size, 5),
                graph.below(2) == 0
                    ? graph.weights(5)
                    : graph.node("ReduceMean", flat, integers("axes", 1))),
            real("alpha", 0.7f),
            real("beta", 1.3f),
            integer("transB", turned ? 1 : 0));
    return graph.node("Sigmoid", graph.node("Mul", List.of(hidden, graph.scalar(0.1f))));
  }

  private static String aboveZero(RandomGraph graph) {
    return graph.node("Add", List.of(graph.node("Sigmoid", "x"), graph.scalar(0.5f)));
  }

  private static String gelu(RandomGraph graph, String approximate) {
    graph.builder.opset(20);
    return graph.node("Gelu", "x", text("approximate", approximate));
  }

  private static String mish(RandomGraph graph) {
    graph.builder.opset(18);
    return graph.node("Mish", "x");
  }

  private static String pRelu(RandomGraph graph) {
    String slopes =
        graph.below(2) == 0 ? graph.weights(graph.channels, 1, 1) : graph.weights(graph.width);
    return graph.node("PRelu", List.of("x", slopes));
  }

  private static String oldSoftmax(RandomGraph graph) {
    graph.builder.opset(12);
    return graph.below(3) == 0
        ? graph.node("Softmax", "x")
        : graph.node("Softmax", "x", integer("axis", graph.below(3) - 3));
  }

  private static String pow(RandomGraph graph, float exponent) {
    String base = exponent == 2 ? "x" : aboveZero(graph);
    return graph.node("Pow", List.of(base, graph.scalar(exponent)));
  }

  private static String expand(RandomGraph graph) {
    String pooled = graph.node("GlobalAveragePool", "x");
    String target = graph.integers(1, 1, graph.height, graph.below(2) == 0 ? 1 : graph.width);
    return graph.node("Expand", List.of(pooled, target));
  }

  private static String gather(RandomGraph graph) {
    int axis = 1 + graph.below(3);
    return graph.node("Gather", List.of("x", graph.integers(1, 0, -1, 1)), integer("axis", axis));
  }

  private static String gatherOne(RandomGraph graph) {
    String index = graph.builder.initializer("index", new long[] {graph.below(2) == 0 ? -2 : 1});
    return graph.node("Gather", List.of("x", index), integer("axis", 1 + graph.below(3)));
  }

  private static String layerNormalization(RandomGraph graph) {
    return graph.below(2) == 0
        ? graph.node(
            "LayerNormalization",
            List.of("x", graph.weights(graph.width), graph.weights(graph.width)),
            real("epsilon", 1e-3f))
        : graph.node(
            "LayerNormalization",
            List.of("x", graph.weights(graph.channels, graph.height, graph.width)),
            integer("axis", 1));
  }

  private static String instanceNormalization(RandomGraph graph) {
    return graph.node(
        "InstanceNormalization",
        List.of("x", graph.weights(graph.channels), graph.weights(graph.channels)),
        real("epsilon", 1e-3f));
  }

  private static String groupNorm(RandomGraph graph) {
    String groups = graph.node("Reshape", List.of("x", graph.integers(0, 2, -1)));
    String normal =
        graph.node("InstanceNormalization", List.of(groups, graph.positive(2), graph.weights(2)));
    String maps =
        graph.node(
            "Reshape",
            List.of(normal, graph.integers(0, graph.channels, graph.height, graph.width)));
    return graph.node("Mul", List.of(maps, graph.weights(graph.channels, 1, 1)));
  }

  private static String reduceL2(RandomGraph graph) {
    long[][] axes = {{2, 3}, {-1}, {1}};
    return graph.node(
        "ReduceL2",
        "x",
        integers("axes", axes[graph.below(axes.length)]),
        integer("keepdims", graph.below(2)));
  }

  private static String slice(RandomGraph graph) {
    return graph.node(
        "Slice",
        List.of(
            "x",
            graph.integers(graph.below(3), -4, 0),
            graph.integers(Integer.MAX_VALUE, graph.width - graph.below(2), 1),
            graph.integers(2, -1, 1),
            graph.integers(1 + graph.below(3), 1 + graph.below(2), 1)));
  }

  private static String sliceBackwards(RandomGraph graph) {
    return graph.node(
        "Slice",
        List.of(
            "x",
            graph.integers(-1 - graph.below(2), Integer.MAX_VALUE),
            graph.integers(graph.below(2), Integer.MIN_VALUE),
            graph.integers(2, 3),
            graph.integers(-1 - graph.below(3), -1)));
  }

  private static String where(RandomGraph graph) {
    TensorProto.Builder condition =
        TensorProto.newBuilder()
            .setName("mask")
            .setDataType(TensorProto.DataType.BOOL.getNumber())
            .addDims(graph.height)
            .addDims(graph.width);
    for (int i = 0; i < graph.height * graph.width; i++) {
      condition.addInt32Data(graph.below(2));
    }
    graph.builder.initializer(condition.build());
    String pooled = graph.node("GlobalAveragePool", "x");
    return graph.node(
        "Where", graph.below(2) == 0 ? List.of("mask", "x", pooled) : List.of("mask", pooled, "x"));
  }

  private static String einsum(RandomGraph graph) {
    String scores =
        graph.node("Einsum", List.of("x", "x"), text("equation", "b c i k, b c j k -> b c i j"));
    return graph.node("Einsum", List.of(scores, "x"), text("equation", "bcij,bcjk->bcik"));
  }

  private static String split(RandomGraph graph) {
    List<String> parts =
        graph.builder.node(
            "Split",
            List.of("x", graph.integers(1, graph.width - 3, 2)),
            List.of("left", "middle", "right"),
            integer("axis", -1));
    return graph.node("Mul", List.of(graph.node("Tanh", parts.get(2)), parts.get(0)));
  }

  /** Attention's queries, keys and values, and once more a part of them. */
  private static String splitEvenly(RandomGraph graph) {
    graph.builder.opset(13);
    List<String> halves =
        graph.builder.node("Split", List.of("x"), List.of("left", "right"), integer("axis", 1));
    String wide = graph.node("Concat", List.of(halves.get(1), "x"), integer("axis", 1));
    List<String> thirds =
        graph.builder.node("Split", List.of(wide), List.of("q", "k", "v"), integer("axis", 1));
    return graph.node("Mul", List.of(graph.node("Tanh", thirds.get(2)), thirds.get(0)));
  }

  private static String splitInto(RandomGraph graph) {
    graph.builder.opset(18);
    List<String> parts =
        graph.builder.node(
            "Split",
            List.of("x"),
            List.of("first", "second"),
            integer("axis", 2),
            integer("num_outputs", 2));
    return graph.node("Concat", List.of(parts.get(1), parts.get(0)), integer("axis", -2));
  }
}
