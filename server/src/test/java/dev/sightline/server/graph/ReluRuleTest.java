package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static dev.sightline.server.graph.Attributes.real;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Guided backpropagation and deconvnet against a walk by their definitions. */
class ReluRuleTest {
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @EnumSource(ReluRule.class)
  void networkOfResidualBlocks(ReluRule rule) throws OrtException {
    check(rule, SmallNetworks::residual);
  }

  @ParameterizedTest
  @EnumSource(ReluRule.class)
  void everyKink(ReluRule rule) throws OrtException {
    for (BiFunction<RandomGraph, String, String> kink :
        List.<BiFunction<RandomGraph, String, String>>of(
            (graph, x) -> graph.node("Relu", x),
            (graph, x) -> graph.node("Clip", List.of(x, graph.scalar(0), graph.scalar(1.5f))),
            (graph, x) -> graph.node("LeakyRelu", x, real("alpha", 0.2f)))) {
      check(
          rule,
          random -> {
            RandomGraph graph = new RandomGraph(random, 2, 6, 5);
            String first = kink.apply(graph, SmallNetworks.conv(graph, "x", 2, 4, 3, 1));
            String pooled =
                graph.node(
                    "MaxPool",
                    SmallNetworks.conv(graph, first, 4, 4, 3, 1),
                    integers("kernel_shape", 2, 2),
                    integers("strides", 2, 2));
            return graph.headed(kink.apply(graph, pooled));
          });
    }
  }

  /** RegNet Y: a gate is no activation, whichever function makes it, and passes plainly. */
  @ParameterizedTest
  @EnumSource(ReluRule.class)
  void networkWithSqueezeAndExcitation(ReluRule rule) throws OrtException {
    for (String gate : List.of("Sigmoid", "HardSigmoid")) {
      check(rule, random -> gated(random, gate));
    }
  }

  private static ModelProto gated(Random random, String function) {
    RandomGraph graph = new RandomGraph(random, 2, 5, 5);
    String map = graph.node("Relu", SmallNetworks.conv(graph, "x", 2, 4, 3, 1));
    String squeezed = SmallNetworks.conv(graph, graph.node("GlobalAveragePool", map), 4, 2, 1, 1);
    String excited = SmallNetworks.conv(graph, graph.node("Relu", squeezed), 2, 4, 1, 1);
    String gate = graph.node(function, excited);
    return graph.headed(
        graph.node(
            "Relu", SmallNetworks.conv(graph, graph.node("Mul", List.of(gate, map)), 4, 3, 3, 1)));
  }

  private static void check(ReluRule rule, Function<Random, ModelProto> network)
      throws OrtException {
    for (int seed = 0; seed < 3; seed++) {
      ModelProto model = network.apply(new Random(seed));
      Graph graph = Graph.of(model);
      ImageInput image = graph.input();
      int pixels = image.channels() * image.height() * image.width();
      float[] input = GradientCheck.randoms(new Random(seed + 50), 2 * pixels, 1);
      long[] frames = {1, 0, 1};
      long[] classes = {0, 3, 2};
      assertThat(graph.obstacle(rule)).isEmpty();
      ExplainedGraph explained = graph.explain("input", rule);
      Structure.check(explained);
      ExplainedRun.Result result;
      try (ExplainedRun run = new ExplainedRun(explained)) {
        result = run.run(input, frames, classes);
      }
      double all = 0;
      for (int row = 0; row < frames.length; row++) {
        int from = (int) frames[row] * pixels;
        DoubleTensor frame =
            DoubleTensor.of(
                new int[] {1, image.channels(), image.height(), image.width()},
                Arrays.copyOfRange(input, from, from + pixels));
        double[] expected = new BackwardWalk(model, rule).toInput(frame, (int) classes[row]);
        float[] got = Arrays.copyOfRange(result.gradient, row * pixels, (row + 1) * pixels);
        double length = Math.sqrt(Arrays.stream(expected).map(v -> v * v).sum());
        assertThat(distance(got, expected))
            .as("seed %d, row %d", seed, row)
            .isLessThanOrEqualTo(TOLERANCE * length);
        all += length;
      }
      assertThat(all).isPositive();
    }
  }

  private static double distance(float[] got, double[] expected) {
    double off = 0;
    for (int i = 0; i < got.length; i++) {
      off += Math.pow(got[i] - expected[i], 2);
    }
    return Math.sqrt(off);
  }

  @Test
  void siluIsRefusedAsPyTorchWritesIt() {
    assertRefused(
        x -> graph -> graph.node("Mul", List.of(x, graph.node("Sigmoid", x))),
        "node 'mul%d' (Mul) is a smooth activation (SiLU, x·Sigmoid(x))");
  }

  @Test
  void geluIsRefusedAsPyTorchWritesIt() {
    assertRefused(
        x ->
            graph -> {
              String bent =
                  graph.node(
                      "Erf", graph.node("Div", List.of(x, graph.scalar((float) Math.sqrt(2)))));
              String above = graph.node("Add", List.of(bent, graph.scalar(1)));
              String product = graph.node("Mul", List.of(x, above));
              return graph.node("Mul", List.of(product, graph.scalar(0.5f)));
            },
        "node 'mul%d' (Mul) is a smooth activation (GELU, x·(1 + erf(x/√2))/2)");
  }

  @Test
  void hardSwishIsRefusedInAllItsForms() {
    assertRefused(
        x -> graph -> graph.node("HardSwish", x),
        "node 'hardswish%d' (HardSwish) is a smooth activation (HardSwish)");
    assertRefused(
        x -> graph -> graph.node("Mul", List.of(graph.node("HardSigmoid", x), x)),
        "node 'mul%d' (Mul) is a smooth activation (HardSwish, x·HardSigmoid(x))");
    assertRefused(
        x ->
            graph -> {
              String shifted = graph.node("Add", List.of(x, graph.scalar(3)));
              String cut = graph.node("Clip", List.of(shifted, graph.scalar(0), graph.scalar(6)));
              String unit = graph.node("Div", List.of(cut, graph.scalar(6)));
              return graph.node("Mul", List.of(x, unit));
            },
        "node 'mul%d' (Mul) is a smooth activation (HardSwish, x·HardSigmoid(x))");
  }

  @Test
  void otherSmoothActivationsAreRefusedByTheirNames() {
    for (String operator : List.of("Tanh", "Erf", "Softplus", "Elu", "Selu", "Sigmoid")) {
      RandomGraph graph = new RandomGraph(new Random(1));
      String y = graph.builder.node(operator, List.of("x"), "y");
      graph.builder.node("GlobalAveragePool", List.of(y), "pooled");
      graph.builder.node("Flatten", List.of("pooled"), "logits");
      Graph read = Graph.of(graph.builder.output("logits", graph.channels).build());
      for (ReluRule rule : List.of(ReluRule.GUIDED, ReluRule.DECONVNET)) {
        assertThat(read.obstacle(rule).orElseThrow())
            .startsWith("node 'y' (" + operator + ") is a smooth activation (");
      }
    }
  }

  @Test
  void squareOfATensorAndAScoreThroughASigmoidAreNoActivations() {
    RandomGraph graph = new RandomGraph(new Random(1), 2, 5, 5);
    String map = graph.node("Relu", SmallNetworks.conv(graph, "x", 2, 2, 3, 1));
    String centred =
        graph.node("Sub", List.of(map, graph.node("ReduceMean", map, integers("axes", 1, 2, 3))));
    String variance =
        graph.node(
            "ReduceMean",
            graph.node("Mul", List.of(centred, centred)),
            integers("axes", 1, 2, 3),
            integer("keepdims", 1));
    String deviation =
        graph.node("Sqrt", graph.node("Add", List.of(variance, graph.scalar(1e-5f))));
    String normal = graph.node("Div", List.of(centred, deviation));
    String flat = graph.node("Flatten", graph.node("GlobalAveragePool", normal));
    graph.builder.node("Sigmoid", List.of(flat), "logits");
    assertThat(Graph.of(graph.builder.output("logits", 2).build()).obstacle(ReluRule.GUIDED))
        .isEmpty();
  }

  private static void assertRefused(
      Function<String, Function<RandomGraph, String>> activation, String sentence) {
    RandomGraph graph = new RandomGraph(new Random(1));
    String map = SmallNetworks.conv(graph, "x", graph.channels, 3, 3, 1);
    String active = activation.apply(map).apply(graph);
    // GELU ends in a factor of its own.
    UnaryOperator<String> named =
        text -> {
          String operator = text.substring(6, text.indexOf('%'));
          String node = active;
          if (text.contains("GELU")) {
            node = operator + (Integer.parseInt(active.substring(operator.length())) - 2);
          }
          return text.replace(operator + "%d", node);
        };
    String expected = named.apply(sentence);
    Graph read =
        Graph.of(graph.headed(graph.node("Relu", SmallNetworks.conv(graph, active, 3, 3, 3, 1))));
    assertThat(read.obstacle(ReluRule.PLAIN)).isEmpty();
    assertThat(read.obstacle(ReluRule.GUIDED))
        .contains(expected + ", and guided backpropagation is a rule for the kink of ReLUs");
    assertThat(read.obstacle(ReluRule.DECONVNET))
        .contains(expected + ", and deconvnet is a rule for the kink of ReLUs");
    assertThatThrownBy(() -> read.explain("input", ReluRule.GUIDED))
        .isInstanceOf(GraphException.class)
        .hasMessage(
            "layer 'input' cannot be explained by guided backpropagation: "
                + read.obstacle(ReluRule.GUIDED).orElseThrow());
    // Behind the activation there are but ReLUs.
    ExplainedGraph last = read.explain(read.defaultLayer().name(), ReluRule.GUIDED);
    assertThat(last.layer()).isEqualTo(read.defaultLayer());
  }
}
