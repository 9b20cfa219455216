package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandomisationTest {
  private static final long SEED = 5;

  @Test
  void layersAreThoseWithWeightsFromTheLogitsOn() {
    Graph graph = Graph.of(chain());
    assertThat(new Randomisation(graph, SEED).layers())
        .containsExactly("logits", "product", "second", "first");
  }

  @Test
  void onlyTheLastLayersAreDrawnAnewAndTheirDrawsStay() {
    Graph graph = Graph.of(chain());
    Randomisation randomisation = new Randomisation(graph, SEED);
    Map<String, TensorProto> before = tensors(graph);
    assertThat(tensors(randomisation.last(0))).isEqualTo(before);
    List<Set<String>> wanted =
        List.of(
            Set.of(),
            Set.of("logits.w", "logits.b"),
            Set.of("logits.w", "logits.b", "product.w"),
            Set.of("logits.w", "logits.b", "product.w", "shared.w"),
            Set.of("logits.w", "logits.b", "product.w", "shared.w", "first.b"));
    for (int last = 1; last <= 4; last++) {
      Map<String, TensorProto> after = tensors(randomisation.last(last));
      assertThat(changed(before, after)).isEqualTo(wanted.get(last));
      Map<String, TensorProto> earlier = tensors(randomisation.last(last - 1));
      Set<String> added = new HashSet<>(wanted.get(last));
      added.removeAll(wanted.get(last - 1));
      assertThat(changed(earlier, after)).as("what earlier stages drew stays").isEqualTo(added);
    }
    assertThatThrownBy(() -> randomisation.last(5)).hasMessageContaining("5 layers");
  }

  @Test
  void drawsFollowFromTheSeedAndKeepMeanAndDeviation() {
    Random random = new Random(3);
    float[] weights = new float[10 * 2000];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (4 + 3 * random.nextGaussian());
    }
    GraphBuilder builder = new GraphBuilder("wide").input("x", 1, 40, 50);
    builder.node("Flatten", List.of("x"), "flat");
    builder.initializer("w", weights, 2000, 10);
    builder.node("Gemm", List.of("flat", "w"), "logits");
    Graph graph = Graph.of(builder.output("logits", 10).build());
    float[] drawn = floats(new Randomisation(graph, SEED).last(1), "w");
    assertThat(mean(drawn)).isCloseTo(4, within(0.1));
    double[] squares =
        IntStream.range(0, drawn.length).mapToDouble(i -> square(drawn[i])).toArray();
    assertThat(Math.sqrt(Arrays.stream(squares).average().orElseThrow())).isCloseTo(3, within(0.1));
    assertThat(drawn).isEqualTo(floats(new Randomisation(graph, SEED).last(1), "w"));
    assertThat(drawn).isNotEqualTo(floats(new Randomisation(graph, SEED + 1).last(1), "w"));
    double common =
        IntStream.range(0, drawn.length)
            .mapToDouble(i -> (drawn[i] - 4) * (weights[i] - 4) / 9)
            .average()
            .orElseThrow();
    assertThat(common).as("nothing of what was there").isCloseTo(0, within(0.03));
  }

  @Test
  void layersHaveNoDrawsInCommon() {
    int side = 60;
    Random random = new Random(5);
    GraphBuilder builder = new GraphBuilder("deep").input("x", 1, 6, 10);
    String maps = builder.node("Flatten", List.of("x"), "flat");
    for (String name : List.of("a", "b", "c")) {
      builder.initializer(name, weights(random, side * side), side, side);
      maps = builder.node("MatMul", List.of(maps, name), name.equals("c") ? "logits" : name + ".y");
    }
    Graph drawn = new Randomisation(Graph.of(builder.output("logits", side).build()), SEED).last(3);
    for (String[] pair : new String[][] {{"c", "b"}, {"b", "a"}, {"c", "a"}}) {
      for (int shift = -3; shift <= 3; shift++) {
        assertThat(common(floats(drawn, pair[0]), floats(drawn, pair[1]), shift))
            .as("%s and %s, %d places apart", pair[0], pair[1], shift)
            .isCloseTo(0, within(0.08));
      }
    }
  }

  /** The correlation of values with those that stand some places further on. */
  private static double common(float[] a, float[] b, int shift) {
    return IntStream.range(3, a.length - 3)
        .mapToDouble(i -> a[i] * (double) b[i + shift])
        .average()
        .orElseThrow();
  }

  @Test
  void everyFamilyCanStillBeExplained() {
    Random random = new Random(1);
    for (ModelProto model :
        List.of(
            SmallNetworks.residual(random),
            SmallNetworks.dense(random),
            SmallNetworks.mobile(random))) {
      Graph graph = Graph.of(model);
      Randomisation randomisation = new Randomisation(graph, SEED);
      int all = randomisation.layers().size();
      assertThat(all).isGreaterThan(3);
      Graph drawn = randomisation.last(all);
      assertThat(drawn.layers()).isEqualTo(graph.layers());
      assertThat(changed(tensors(graph), tensors(drawn))).hasSizeGreaterThanOrEqualTo(all);
      assertThat(drawn.explain(graph.defaultLayer().name()).model()).isNotNull();
    }
  }

  private static double square(float value) {
    return (value - 4.0) * (value - 4.0);
  }

  private static double mean(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  private static float[] floats(Graph graph, String name) {
    return new Constant(Objects.requireNonNull(tensors(graph).get(name))).floats();
  }

  private static Set<String> changed(Map<String, TensorProto> a, Map<String, TensorProto> b) {
    assertThat(a.keySet()).isEqualTo(b.keySet());
    Set<String> changed = new HashSet<>(a.keySet());
    changed.removeIf(name -> Objects.equals(a.get(name), b.get(name)));
    return changed;
  }

  private static Map<String, TensorProto> tensors(Graph graph) {
    Map<String, TensorProto> tensors =
        graph.model().getGraph().getInitializerList().stream()
            .collect(Collectors.toMap(TensorProto::getName, tensor -> tensor));
    graph.model().getGraph().getNodeList().stream()
        .filter(node -> node.getOpType().equals("Constant"))
        .forEach(node -> tensors.put(node.getOutput(0), node.getAttribute(0).getT()));
    return tensors;
  }

  /**
   * Two convolutions that share their weights, a normalisation, a linear layer whose weights are a
   * transposed Constant, one with weights and bias.
   */
  private static ModelProto chain() {
    Random random = new Random(2);
    GraphBuilder graph = new GraphBuilder("chain").input("x", 3, 6, 6);
    graph.initializer("shared.w", weights(random, 81), 3, 3, 3, 3);
    graph.initializer("first.b", weights(random, 3), 3);
    graph.node("Conv", List.of("x", "shared.w", "first.b"), "first", integers("pads", 1, 1, 1, 1));
    for (String name : List.of("scale", "shift", "mean", "var")) {
      graph.initializer(name, new float[] {1, 2, 3}, 3);
    }
    graph.node("BatchNormalization", List.of("first", "scale", "shift", "mean", "var"), "normal");
    graph.node("Relu", List.of("normal"), "relu");
    graph.node("Conv", List.of("relu", "shared.w"), "second", integers("pads", 1, 1, 1, 1));
    graph.node("GlobalAveragePool", List.of("second"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName("in the node")
            .setDataType(DataType.FLOAT.getNumber())
            .addDims(5)
            .addDims(3);
    for (float value : weights(random, 15)) {
      tensor.addFloatData(value);
    }
    graph.node(
        "Constant",
        List.of(),
        "product.w",
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeType.TENSOR)
            .setT(tensor)
            .build());
    graph.node("Transpose", List.of("product.w"), "turned", integers("perm", 1, 0));
    graph.node("MatMul", List.of("flat", "turned"), "product");
    graph.initializer("logits.w", weights(random, 20), 5, 4);
    graph.initializer("logits.b", weights(random, 4), 4);
    graph.node("Gemm", List.of("product", "logits.w", "logits.b"), "logits");
    return graph.output("logits", 4).build();
  }

  private static float[] weights(Random random, int count) {
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (float) random.nextGaussian();
    }
    return weights;
  }
}
