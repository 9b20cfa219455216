package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.RandomExpansion;
import dev.sightline.server.graph.ReluRule;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What an expansion network beside a classifier may not change, by as much as a bit, although the
 * engine optimises both as one graph: networks wide enough for its blocked convolutions and fused
 * normalisations.
 */
class ExpandedBackendTest {
  private static final int SIDE = 64;
  private static final int MOST = 8;

  private final OnnxRuntime engine = new OnnxRuntime(EngineSettings.cpu(MOST));
  private final Random random = new Random(5);
  private final GraphBuilder graph = new GraphBuilder("wide").input("image", 3, SIDE, SIDE);
  private int names;

  @Test
  void residualNetworkStaysTheSame() {
    String stem = normalised(conv("image", 3, 32, 7, 2), 32);
    String pooled =
        node(
            "MaxPool",
            List.of(stem),
            Attributes.integers("kernel_shape", 3, 3),
            Attributes.integers("strides", 2, 2),
            Attributes.integers("pads", 1, 1, 1, 1));
    String first = block(pooled, 32, 64, 1);
    String second = block(first, 64, 64, 1);
    String third = block(second, 64, 128, 2);
    String last = block(third, 128, 128, 1);
    check(headed(last, 128), last, List.of(last, second, stem));
  }

  /** Convolutions after a normalisation and its activation, so that sums stand by themselves. */
  @Test
  void densenetOfPreactivationsStaysTheSame() {
    String stem = normalised(conv("image", 3, 32, 3, 2), 32);
    String grown = stem;
    for (int i = 0; i < 3; i++) {
      String more = conv(normalised(grown, 32 + 16 * i), 32 + 16 * i, 16, 3, 1);
      grown = node("Concat", List.of(grown, more), Attributes.integer("axis", 1));
    }
    String transition = conv(normalised(grown, 80), 80, 40, 1, 1);
    String halved =
        node(
            "AveragePool",
            List.of(transition),
            Attributes.integers("kernel_shape", 2, 2),
            Attributes.integers("strides", 2, 2));
    String sum = node("Add", List.of(conv(normalised(halved, 40), 40, 40, 3, 1), halved));
    String last = normalised(sum, 40);
    check(headed(last, 40), last, List.of(last, transition));
  }

  /** As a Swin transformer: transposed patches, normalisation written in operators, merging. */
  @Test
  void transformerOfSeveralResolutionsStaysTheSame() {
    String patches =
        node(
            "Conv",
            List.of("image", weights(32, 3, 4, 4), weights(32)),
            Attributes.integers("kernel_shape", 4, 4),
            Attributes.integers("strides", 4, 4));
    String turned = node("Transpose", List.of(patches), Attributes.integers("perm", 0, 2, 3, 1));
    String tokens = layerNormalised(turned, 32);
    String mixed = node("Add", List.of(tokens, perceptron(layerNormalised(tokens, 32), 32)));
    String merged =
        node(
            "Concat",
            List.of(
                everySecond(mixed, 0, 0),
                everySecond(mixed, 1, 0),
                everySecond(mixed, 0, 1),
                everySecond(mixed, 1, 1)),
            Attributes.integer("axis", -1));
    String narrowed = node("MatMul", List.of(layerNormalised(merged, 128), weights(128, 64)));
    String sum = node("Add", List.of(narrowed, perceptron(layerNormalised(narrowed, 64), 64)));
    String last = layerNormalised(sum, 64);
    String back = node("Transpose", List.of(last), Attributes.integers("perm", 0, 3, 1, 2));
    Graph swin = headed(back, 64);
    assertThat(swin.skips(last)).extracting(Layer::name).containsExactly(last, mixed);
    check(swin, last, List.of(last, mixed));
  }

  @Test
  void reconstructionThatDoesNotGoByTheFramesIsRefusedWhenTheGraphIsOpened() {
    Graph classifier = headed(conv("image", 3, 4, 3, 2), 4);
    String layer = classifier.defaultLayer().name();
    GraphBuilder decoder = new GraphBuilder("decoder").input(layer, 4, SIDE / 2, SIDE / 2);
    decoder.initializer("zeros", new float[3 * SIDE * SIDE], 1, 3, SIDE, SIDE);
    decoder.node("Mul", List.of("zeros", "zeros"), "reconstruction");
    ModelProto file = decoder.output("reconstruction", 3, SIDE, SIDE).build();
    assertThatThrownBy(() -> ExpansionNetwork.of(file, classifier))
        .hasMessage(
            "output 'reconstruction' is computed as [1×3×64×64], and [N×3×64×64] is needed");
  }

  private void check(Graph classifier, String deepest, List<String> layers) {
    ExpansionNetwork expansion =
        ExpansionNetwork.of(RandomExpansion.of(classifier, deepest, 8, random), classifier);
    for (String layer : layers) {
      try (Backend plain = engine.open(classifier.explain(layer), layer);
          Backend expanded =
              engine.open(classifier.explain(layer, ReluRule.PLAIN, expansion), layer)) {
        for (int frames : new int[] {1, 2, MOST}) {
          check(plain, expanded, frames);
        }
      }
    }
  }

  private static void check(Backend plain, Backend expanded, int frames) {
    int size = plain.shape().imageSize();
    FloatBuffer images = Pass.buffer(MOST, size);
    images.put(randoms(new Random(frames), frames * size, 1)).clear();
    Pass pass = Pass.ofMostProbable(images, frames);
    PassResult one = plain.run(pass);
    PassResult other = expanded.run(pass);
    assertThat(other.logits()).as("logits").isEqualTo(one.logits());
    assertThat(other.chosen()).as("classes").isEqualTo(one.chosen());
    assertThat(other.activations()).as("activations").isEqualTo(one.activations());
    assertThat(other.gradients()).as("gradients").isEqualTo(one.gradients());
    assertThat(other.reconstructions()).hasSize(frames * size);
    assertThat(one.reconstructions()).isEmpty();
    float[] without = expanded.run(Pass.ofLogits(images, frames)).reconstructions();
    assertThat(without).as("without rows").isEqualTo(other.reconstructions());
  }

  private Graph headed(String map, int channels) {
    String pooled = node("GlobalAveragePool", List.of(map));
    String flat = node("Flatten", List.of(pooled));
    graph.node("MatMul", List.of(flat, weights(channels, 10)), "logits");
    return Graph.of(graph.output("logits", 10).build());
  }

  /** A block whose first convolution is narrow and whose second strides. */
  private String block(String from, int in, int out, int stride) {
    String narrow = normalised(conv(from, in, 32, 1, 1), 32);
    String strided = normalised(conv(narrow, 32, 32, 3, stride), 32);
    String wide = scaled(conv(strided, 32, out, 1, 1), out);
    String shortcut = in == out ? from : scaled(conv(from, in, out, 1, stride), out);
    return node("Relu", List.of(node("Add", List.of(wide, shortcut))));
  }

  private String normalised(String map, int channels) {
    return node("Relu", List.of(scaled(map, channels)));
  }

  private String scaled(String map, int channels) {
    float[] variance = randoms(random, channels, 0.1);
    for (int i = 0; i < channels; i++) {
      variance[i] = 1 + Math.abs(variance[i]);
    }
    return node(
        "BatchNormalization",
        List.of(
            map,
            weights(channels),
            weights(channels),
            weights(channels),
            graph.initializer("v" + names++, variance, channels)));
  }

  private String conv(String from, int in, int out, int kernel, int stride) {
    int pad = kernel / 2;
    return node(
        "Conv",
        List.of(from, weights(out, in, kernel, kernel)),
        Attributes.integers("kernel_shape", kernel, kernel),
        Attributes.integers("strides", stride, stride),
        Attributes.integers("pads", pad, pad, pad, pad));
  }

  private String layerNormalised(String tokens, int channels) {
    AttributeProto last = Attributes.integers("axes", -1);
    String centred = node("Sub", List.of(tokens, node("ReduceMean", List.of(tokens), last)));
    String two = graph.initializer("s" + names++, new float[] {2});
    String variance = node("ReduceMean", List.of(node("Pow", List.of(centred, two))), last);
    String little = graph.initializer("s" + names++, new float[] {1e-5f});
    String deviation = node("Sqrt", List.of(node("Add", List.of(variance, little))));
    String unit = node("Div", List.of(centred, deviation));
    return node("Add", List.of(node("Mul", List.of(unit, weights(channels))), weights(channels)));
  }

  private String perceptron(String tokens, int channels) {
    String hidden = node("MatMul", List.of(tokens, weights(channels, 2 * channels)));
    String active = node("Relu", List.of(node("Add", List.of(hidden, weights(2 * channels)))));
    String back = node("MatMul", List.of(active, weights(2 * channels, channels)));
    return node("Add", List.of(back, weights(channels)));
  }

  private String everySecond(String tokens, long row, long column) {
    return node(
        "Slice",
        List.of(
            tokens, integers(row, column), integers(SIDE, SIDE), integers(1, 2), integers(2, 2)));
  }

  private String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return graph.node(operator, inputs, "t" + names++, attributes);
  }

  private String integers(long... values) {
    return graph.initializer("i" + names++, values, values.length);
  }

  private String weights(int... dims) {
    int size = IntStream.of(dims).reduce(1, Math::multiplyExact);
    return graph.initializer(
        "w" + names++,
        randoms(random, size, 1 / Math.sqrt((double) size / dims[0])),
        IntStream.of(dims).asLongStream().toArray());
  }

  private static float[] randoms(Random random, int count, double scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }
}
