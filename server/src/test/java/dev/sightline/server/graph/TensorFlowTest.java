package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * A small MobileNetV2 as exporters of TensorFlow write it: images N × H × W × 3 turned in the
 * graph, padding apart from its convolution, ReLU6 as a Clip or a Min, an average over rows and
 * columns of turned maps, and a Softmax at the end.
 */
class TensorFlowTest {
  private static final int HEIGHT = 11;
  private static final int WIDTH = 10;
  private static final int CLASSES = 4;
  private static final Offset<Float> NEAR = within(1e-6f);

  /** Where the images come in. */
  private enum Images {
    /** N × 3 × H × W: the twin that gradients are proven on. */
    CHANNELS_FIRST,
    /** N × H × W × 3, turned at once. */
    CHANNELS_LAST,
    /** N × H × W × 3, scaled and only then turned. */
    SCALED_BEFORE
  }

  @Test
  void networkIsDifferentiatedAtEveryLayerAndToTheInput() throws OrtException {
    ModelProto model = network(Images.CHANNELS_FIRST, false);
    List<String> layers =
        new ArrayList<>(Graph.of(model).layers().stream().map(Layer::name).toList());
    // The loops hold it with its channels last, as the model does.
    layers.remove("channels_last");
    layers.add("input_1");
    for (String layer : layers) {
      assertThat(GradientCheck.check(model, layer, new Random(5))).isLessThan(2e-5);
    }
  }

  @Test
  void imagesWithTheirChannelsLastAreTakenWithTheirChannelsFirst() throws OrtException {
    sameAsTwin(Images.CHANNELS_LAST);
  }

  @Test
  void imagesThatAreScaledBeforeTheyAreTurnedToo() throws OrtException {
    sameAsTwin(Images.SCALED_BEFORE);
  }

  @Test
  void nothingIsLeftOfATransposeThatTheModelBeginsWith() {
    Graph graph = Graph.of(network(Images.CHANNELS_LAST, true));
    assertThat(graph.input()).isEqualTo(new ImageInput("input_1", 3, HEIGHT, WIDTH));
    assertThat(graph.explain("block").model().getGraph().getNode(0).getOpType())
        .isNotEqualTo("Transpose");
  }

  @Test
  void averageOverTurnedMapsIsPoolingBeforeALinearLayer() {
    Graph graph = Graph.of(network(Images.CHANNELS_LAST, true));
    assertThat(graph.defaultLayer().name()).isEqualTo("last");
    assertThat(graph.poolingAndLinear("last")).isTrue();
    assertThat(graph.poolingAndLinear("block")).isFalse();
  }

  private static void sameAsTwin(Images images) throws OrtException {
    ModelProto model = network(images, true);
    Graph graph = Graph.of(model);
    Graph twin = Graph.of(network(Images.CHANNELS_FIRST, false));
    float[] input = GradientCheck.randoms(new Random(6), 2 * 3 * HEIGHT * WIDTH, 1);
    double[] logits =
        DoubleInterpreter.value(
                new DoubleInterpreter(model).run(Map.of("input_1", channelsLast(input))), "scores")
            .values();
    for (String layer : List.of("stem", "depthwise", "block", "last", "input_1")) {
      ExplainedRun.Result its = run(graph, layer, input);
      ExplainedRun.Result twins = run(twin, layer, input);
      for (int i = 0; i < logits.length; i++) {
        assertThat((double) its.logits[i]).isCloseTo(logits[i], within(1e-5));
      }
      assertThat(its.activation).as(layer).containsExactly(twins.activation, NEAR);
      assertThat(its.gradient).as(layer).containsExactly(twins.gradient, NEAR);
    }
  }

  private static ExplainedRun.Result run(Graph graph, String layer, float[] input)
      throws OrtException {
    try (ExplainedRun run = new ExplainedRun(graph.explain(layer))) {
      return run.run(input, new long[] {1, 0}, new long[] {2, -1});
    }
  }

  private static DoubleTensor channelsLast(float[] input) {
    DoubleTensor maps = DoubleTensor.of(new int[] {2, 3, HEIGHT, WIDTH}, input);
    return DoubleTensor.each(new int[] {2, HEIGHT, WIDTH, 3}, i -> maps.at(i[0], i[3], i[1], i[2]));
  }

  private static ModelProto network(Images images, boolean softmax) {
    GraphBuilder graph = new GraphBuilder("tf2onnx");
    Weights weights = new Weights(graph);
    if (images == Images.CHANNELS_FIRST) {
      graph.input("input_1", 3, HEIGHT, WIDTH);
    } else {
      graph.input("input_1", HEIGHT, WIDTH, 3);
    }
    String maps = images == Images.SCALED_BEFORE ? scaled(graph, "input_1") : "input_1";
    if (images != Images.CHANNELS_FIRST) {
      graph.node("Transpose", List.of(maps), "turned", integers("perm", 0, 3, 1, 2));
      maps = "turned";
    }
    if (images != Images.SCALED_BEFORE) {
      maps = scaled(graph, maps);
    }
    String pads = graph.initializer("pads", new long[] {0, 0, 0, 0, 0, 0, 1, 1}, 8);
    graph.node("Pad", List.of(maps, pads), "padded");
    graph.node(
        "Conv", List.of("padded", weights.of(4, 3, 3, 3)), "convolved", integers("strides", 2, 2));
    graph.node(
        "BatchNormalization",
        List.of("convolved", weights.of(4), weights.of(4), weights.of(4), weights.positive(4)),
        "normalised");
    String zero = graph.initializer("zero", new float[] {0});
    String six = graph.initializer("six", new float[] {1.5f});
    graph.node("Clip", List.of("normalised", zero, six), "stem");
    graph.node(
        "Conv",
        List.of("stem", weights.of(4, 1, 3, 3), weights.of(4)),
        "filtered",
        integer("group", 4),
        integers("pads", 1, 1, 1, 1));
    graph.node("Relu", List.of("filtered"), "rectified");
    graph.node("Min", List.of("rectified", six), "depthwise");
    graph.node("Mul", List.of("depthwise", gate(graph, weights)), "gated");
    graph.node("Conv", List.of("gated", weights.of(4, 4, 1, 1), weights.of(4)), "projected");
    graph.node("Add", List.of("projected", "stem"), "block");
    graph.node("Conv", List.of("block", weights.of(6, 4, 1, 1), weights.of(6)), "expanded");
    graph.node("Clip", List.of("expanded", zero, six), "last");
    graph.node("Transpose", List.of("last"), "channels_last", integers("perm", 0, 2, 3, 1));
    graph.node(
        "ReduceMean",
        List.of("channels_last"),
        "mean",
        integers("axes", 1, 2),
        integer("keepdims", 0));
    graph.node("MatMul", List.of("mean", weights.of(6, CLASSES)), "product");
    graph.node("Add", List.of("product", weights.of(CLASSES)), "scores");
    if (softmax) {
      graph.node("Softmax", List.of("scores"), "predictions");
    }
    return graph.output(softmax ? "predictions" : "scores", CLASSES).build();
  }

  /** Squeeze and excitation, by a Keras Reshape of known length but for the frames. */
  private static String gate(GraphBuilder graph, Weights weights) {
    graph.node("GlobalAveragePool", List.of("depthwise"), "pooled");
    String spatial = graph.initializer("spatial", new long[] {2, 3}, 2);
    graph.node("Squeeze", List.of("pooled", spatial), "squeezed");
    graph.node("Shape", List.of("squeezed"), "shape");
    graph.node("Cast", List.of("shape"), "shape32", integer("to", 6));
    String first = graph.initializer("first", new long[] {0}, 1);
    String second = graph.initializer("second", new long[] {1}, 1);
    graph.node("Slice", List.of("shape32", first, second, first), "frames");
    String rest = graph.initializer("rest", new int[] {1, 1, 4}, 3);
    graph.node("Concat", List.of("frames", rest), "target32", integer("axis", 0));
    graph.node("Cast", List.of("target32"), "target", integer("to", 7));
    graph.node("Reshape", List.of("squeezed", "target"), "reshaped");
    graph.node("Transpose", List.of("reshaped"), "column", integers("perm", 0, 3, 1, 2));
    graph.node("Conv", List.of("column", weights.of(4, 4, 1, 1), weights.of(4)), "excited");
    return graph.node("Sigmoid", List.of("excited"), "gate");
  }

  /** As Keras scales images: 2x/255 − 1, for numbers near one. */
  private static String scaled(GraphBuilder graph, String images) {
    String factor = graph.initializer("factor", new float[] {1.25f});
    String offset = graph.initializer("offset", new float[] {0.1f});
    graph.node("Mul", List.of(images, factor), "multiplied");
    return graph.node("Sub", List.of("multiplied", offset), "scaled");
  }

  /** The same numbers for every network. */
  private static final class Weights {
    private final Random random = new Random(3);
    private final GraphBuilder graph;
    private int count;

    private Weights(GraphBuilder graph) {
      this.graph = graph;
    }

    private String of(long... dims) {
      int size = DoubleTensor.size(LongStream.of(dims).mapToInt(d -> (int) d).toArray());
      double fan = dims.length > 1 ? (double) size / dims[0] : 1;
      float[] values = GradientCheck.randoms(random, size, 1 / Math.sqrt(fan));
      return graph.initializer("weights" + count++, values, dims);
    }

    private String positive(int size) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = 0.5f + random.nextFloat();
      }
      return graph.initializer("weights" + count++, values, size);
    }
  }
}
