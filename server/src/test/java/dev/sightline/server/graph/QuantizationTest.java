package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import dev.sightline.server.graph.Quantization.Measured;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class QuantizationTest {
  private static final long[] FRAMES = {0, 1, 2};
  private static final long[] MOST_PROBABLE = {-1, -1, -1};
  private static final int CLASSES = RandomGraph.CLASSES;

  private final Random random = new Random(5);

  @Test
  void rangesAreThoseOfTheTensors() throws OrtException {
    Graph graph = Graph.of(SmallNetworks.residual(random));
    float[] images = images(graph);
    Map<String, DoubleTensor> values = interpreted(graph.model(), graph.input(), images);
    List<float[]> measured = FeatureGraphTest.run(graph.quantization().ranges(), images);
    // The first tensor that is convolved is the image's copy, the next the pooled stem.
    int tensors = measured.get(0).length / FRAMES.length;
    double[] x = DoubleInterpreter.value(values, "x").values();
    for (int n = 0; n < FRAMES.length; n++) {
      double[] frame = Arrays.copyOfRange(x, n * x.length / 3, (n + 1) * x.length / 3);
      assertThat(measured.get(0)[n * tensors]).isEqualTo((float) min(frame));
      assertThat(measured.get(1)[n * tensors]).isEqualTo((float) -min(negated(frame)));
      double[] red = Arrays.copyOf(frame, frame.length / 3);
      int channels = measured.get(2).length / FRAMES.length;
      assertThat(measured.get(2)[n * channels])
          .isCloseTo((float) Arrays.stream(red).average().orElseThrow(), within(1e-6f));
    }
  }

  /** The definition of the operators in double, and integers as the engine computes with them. */
  @Test
  void engineComputesWhatTheOperatorsMean() throws OrtException {
    for (Function<Random, ModelProto> family : families()) {
      Graph graph = Graph.of(family.apply(random));
      float[] images = images(graph);
      Graph quantized = Graph.of(quantized(graph, images, 7));
      Map<String, DoubleTensor> values = interpreted(quantized.model(), quantized.input(), images);
      String layer = graph.defaultLayer().name();
      ExplainedRun.Result result = run(quantized, layer, images);
      double[] map = DoubleInterpreter.value(values, layer).values();
      // A sum that lies between two bytes may be rounded to either of them, and then on.
      double step = range(map) / 255;
      for (int i = 0; i < map.length; i++) {
        assertThat((double) result.activation[i]).as(layer).isCloseTo(map[i], within(4.01 * step));
      }
      assertThat(distance(result.activation, map)).isLessThan(0.5 * step);
    }
  }

  @Test
  void whatComesOutIsNearTheOriginal() throws OrtException {
    for (Function<Random, ModelProto> family : families()) {
      Graph graph = Graph.of(family.apply(random));
      float[] images = images(graph);
      Graph quantized = Graph.of(quantized(graph, images, 7));
      Layer layer = graph.defaultLayer();
      assertThat(quantized.defaultLayer()).isEqualTo(layer);
      ExplainedRun.Result before = run(graph, layer.name(), images);
      ExplainedRun.Result after = run(quantized, layer.name(), images);
      assertThat(relative(after.activation, before.activation)).isLessThan(0.04);
      assertThat(relative(after.logits, before.logits)).isLessThan(0.04);
      assertThat(relative(after.gradient, before.gradient)).isLessThan(0.04);
    }
  }

  /**
   * Weights of -1, 0 and 1 over whole numbers: bytes hold all of it, so that the gradients of
   * whatever layer are those of the original, too.
   */
  @Test
  void whatBytesCanHoldIsExact() throws OrtException {
    Graph graph = Graph.of(wholeNumbers());
    float[] images = new float[FRAMES.length * 2 * 6 * 6];
    for (int i = 0; i < images.length; i++) {
      images[i] = random.nextInt(3) - 1;
    }
    Quantization quantization = graph.quantization();
    int tensors = quantization.ranges().layers().get(0).channels();
    float[] least = new float[tensors];
    float[] greatest = new float[tensors];
    Arrays.fill(least, -100);
    Arrays.fill(greatest, 155);
    float[] means = new float[quantization.ranges().layers().get(2).channels()];
    Graph quantized = Graph.of(quantization.quantized(new Measured(least, greatest, means), 7));
    for (String layer : List.of("second", "first", "input")) {
      ExplainedRun.Result before = run(graph, layer, images);
      ExplainedRun.Result after = run(quantized, layer, images);
      assertThat(after.logits).containsExactly(before.logits, within(1e-4f));
      assertThat(after.activation).containsExactly(before.activation, within(1e-4f));
      assertThat(after.gradient).as(layer).containsExactly(before.gradient, within(1e-4f));
      assertThat(range(wide(before.gradient))).isGreaterThan(0.05);
    }
    assertThat(quantized.layers())
        .extracting(Layer::name)
        .as("neither bytes nor what only becomes bytes")
        .containsExactlyElementsOf(graph.layers().stream().map(Layer::name).toList());
  }

  @Test
  void biasesTakeBackWhatRoundedWeightsAdd() throws OrtException {
    RandomGraph drawn = new RandomGraph(random, 3, 8, 8);
    String conv = SmallNetworks.conv(drawn, "x", 3, 16, 3, 1);
    drawn.builder.node("GlobalAveragePool", List.of(conv), "pooled");
    drawn.builder.node("Flatten", List.of("pooled"), "flat");
    drawn.builder.node("MatMul", List.of("flat", drawn.weights(16, CLASSES)), "logits");
    Graph graph = Graph.of(drawn.builder.output("logits", CLASSES).build());
    float[] images = images(graph);
    for (int i = 0; i < images.length; i++) {
      images[i] = Math.abs(images[i]);
    }
    Measured measured = measured(graph, images);
    float[] none = new float[measured.means().length];
    Measured uncorrected = new Measured(measured.least(), measured.greatest(), none);
    double[] before = channelMeans(run(graph, conv, images).activation);
    double with = 0;
    double without = 0;
    for (int k = 0; k < before.length; k++) {
      with += Math.abs(shift(graph, measured, conv, images)[k] - before[k]);
      without += Math.abs(shift(graph, uncorrected, conv, images)[k] - before[k]);
    }
    assertThat(with).isLessThan(without / 2);
  }

  /** Whoever else quantised a network may have done so with its head, by one scale and unsigned. */
  @Test
  void headsOfBytesAreDifferentiated() throws OrtException {
    GraphBuilder graph = new GraphBuilder("head").input("input", 2, 3, 3);
    graph.initializer("w", new float[] {1, 2, -3, 4}, 2, 2, 1, 1);
    graph.node("Conv", List.of("input", "w"), "map");
    graph.node("GlobalAveragePool", List.of("map"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer(bytes("head.bytes", new byte[] {(byte) 200, 3, 13, 0}, 2, 2));
    graph.initializer("scale", new float[] {0.5f});
    graph.initializer(bytes("zero", new byte[] {3}));
    graph.node("DequantizeLinear", List.of("head.bytes", "scale", "zero"), "head");
    graph.node("Gemm", List.of("flat", "head"), "logits");
    Graph read = Graph.of(graph.output("logits", 2).build());
    float[] images = GradientCheck.randoms(random, FRAMES.length * 18, 1);
    try (ExplainedRun run = new ExplainedRun(read.explain("map"))) {
      float[] gradient = run.run(images, new long[] {0, 1}, new long[] {0, 1}).gradient;
      float[] expected = {98.5f, 5, 0, -1.5f};
      for (int i = 0; i < gradient.length; i++) {
        assertThat(gradient[i]).isCloseTo(expected[i / 9] / 9, within(1e-5f));
      }
    }
  }

  private static TensorProto bytes(String name, byte[] values, long... dims) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.UINT8.getNumber())
        .addAllDims(Arrays.stream(dims).boxed().toList())
        .setRawData(ByteString.copyFrom(values))
        .build();
  }

  @Test
  void weightsKeepTheirBits() throws OrtException {
    Graph graph = Graph.of(SmallNetworks.mobile(random));
    float[] images = images(graph);
    assertThat(greatestWeight(quantized(graph, images, 7))).isEqualTo(63);
    assertThat(greatestWeight(quantized(graph, images, 8))).isEqualTo(127);
  }

  @Test
  void aPoolingKeepsTheBytesOfWhatItPools() throws OrtException {
    Graph graph = Graph.of(SmallNetworks.residual(random));
    ModelProto quantized = quantized(graph, images(graph), 7);
    String pooled =
        quantized.getGraph().getNodeList().stream()
            .filter(node -> node.getOpType().equals("MaxPool"))
            .map(node -> node.getInput(0) + ">" + node.getOutput(0))
            .findFirst()
            .orElseThrow();
    String from = "quantized/" + pooled.substring(0, pooled.indexOf('>'));
    String to = pooled.substring(pooled.indexOf('>') + 1).replace("/float", "");
    assertThat(constant(quantized, to + "/scale")).isEqualTo(constant(quantized, from + "/scale"));
  }

  @Test
  void whatCannotBeQuantisedIsRefused() {
    GraphBuilder old = new GraphBuilder("old").opset(12).input("input", 1, 4, 4);
    old.initializer("w", new float[] {2}, 1, 1, 1, 1);
    old.node("Conv", List.of("input", "w"), "map");
    old.node("GlobalAveragePool", List.of("map"), "pooled");
    old.node("Flatten", List.of("pooled"), "logits");
    Graph twelve = Graph.of(old.output("logits", 1).build());
    assertThatThrownBy(twelve::quantization)
        .isInstanceOf(GraphException.class)
        .hasMessage(
            "the model is of operator set 12, and scales a channel came with 13: export it anew");

    GraphBuilder none = new GraphBuilder("none").input("input", 1, 4, 4);
    none.node("GlobalAveragePool", List.of("input"), "pooled");
    none.node("Flatten", List.of("pooled"), "logits");
    Graph pooling = Graph.of(none.output("logits", 1).build());
    assertThatThrownBy(pooling::quantization)
        .isInstanceOf(GraphException.class)
        .hasMessage("there is no convolution that could compute with bytes");

    Quantization quantization = Graph.of(SmallNetworks.plain(random)).quantization();
    Measured other = new Measured(new float[1], new float[1], new float[1]);
    assertThatThrownBy(() -> quantization.quantized(other, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("measured on another network");
    assertThatThrownBy(() -> quantization.quantized(other, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights of 6 bits");
    assertThatThrownBy(() -> UnsignedBytes.of(Float.NaN, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void zeroIsAlwaysAByte() {
    assertThat(UnsignedBytes.of(2, 4)).isEqualTo(new UnsignedBytes(4f / 255, 0));
    assertThat(UnsignedBytes.of(-4, -2)).isEqualTo(new UnsignedBytes(4f / 255, 255));
    assertThat(UnsignedBytes.of(-1, 1).zeroPoint()).isEqualTo(128);
    assertThat(UnsignedBytes.of(0, 0)).isEqualTo(new UnsignedBytes(1, 0));
  }

  private static List<Function<Random, ModelProto>> families() {
    return List.of(
        SmallNetworks::plain, SmallNetworks::residual, SmallNetworks::dense, SmallNetworks::mobile);
  }

  private ModelProto wholeNumbers() {
    GraphBuilder graph = new GraphBuilder("whole").input("input", 2, 6, 6);
    graph.initializer("w1", signs(3 * 2 * 3 * 3), 3, 2, 3, 3);
    graph.node("Conv", List.of("input", "w1"), "sums", integers("pads", 1, 1, 1, 1));
    graph.node("Relu", List.of("sums"), "first");
    graph.initializer("w2", signs(3 * 3), 3, 1, 3, 1);
    graph.node(
        "Conv",
        List.of("first", "w2"),
        "columns",
        integer("group", 3),
        integers("pads", 1, 0, 1, 0));
    graph.node("Add", List.of("columns", "first"), "second");
    graph.node("GlobalAveragePool", List.of("second"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", GradientCheck.randoms(random, 3 * CLASSES, 1), 3, CLASSES);
    graph.node("MatMul", List.of("flat", "head"), "logits");
    return graph.output("logits", CLASSES).build();
  }

  /** Numbers of -1, 0 and 1, of which each channel has one that is not zero. */
  private float[] signs(int count) {
    float[] signs = new float[count];
    for (int i = 0; i < count; i++) {
      signs[i] = i % 3 == 0 ? 1 : random.nextInt(3) - 1;
    }
    return signs;
  }

  private float[] images(Graph graph) {
    ImageInput image = graph.input();
    return GradientCheck.randoms(
        random, FRAMES.length * image.channels() * image.height() * image.width(), 1);
  }

  private static ModelProto quantized(Graph graph, float[] images, int bits) throws OrtException {
    return graph.quantization().quantized(measured(graph, images), bits);
  }

  private static Measured measured(Graph graph, float[] images) throws OrtException {
    List<float[]> frames = FeatureGraphTest.run(graph.quantization().ranges(), images);
    float[][] over = new float[frames.size()][];
    for (int i = 0; i < over.length; i++) {
      float[] all = frames.get(i);
      over[i] = Arrays.copyOf(all, all.length / FRAMES.length);
      for (int at = over[i].length; at < all.length; at++) {
        int to = at % over[i].length;
        over[i][to] =
            switch (i) {
              case 0 -> Math.min(over[i][to], all[at]);
              case 1 -> Math.max(over[i][to], all[at]);
              default -> over[i][to] + all[at];
            };
      }
    }
    for (int i = 0; i < over[2].length; i++) {
      over[2][i] /= FRAMES.length;
    }
    return new Measured(over[0], over[1], over[2]);
  }

  private static ExplainedRun.Result run(Graph graph, String layer, float[] images)
      throws OrtException {
    ExplainedGraph explained = graph.explain(layer);
    Structure.check(explained);
    try (ExplainedRun run = new ExplainedRun(explained)) {
      return run.run(images, FRAMES, MOST_PROBABLE);
    }
  }

  private static double[] shift(Graph graph, Measured measured, String layer, float[] images)
      throws OrtException {
    Graph quantized = Graph.of(graph.quantization().quantized(measured, 7));
    return channelMeans(run(quantized, layer, images).activation);
  }

  private static double[] channelMeans(float[] map) {
    double[] means = new double[16];
    int cells = map.length / FRAMES.length / means.length;
    for (int i = 0; i < map.length; i++) {
      means[i / cells % means.length] += map[i];
    }
    return means;
  }

  private static Map<String, DoubleTensor> interpreted(
      ModelProto model, ImageInput input, float[] images) {
    int[] dims = {FRAMES.length, input.channels(), input.height(), input.width()};
    return new DoubleInterpreter(model).run(Map.of(input.name(), DoubleTensor.of(dims, images)));
  }

  private static int greatestWeight(ModelProto model) {
    return model.getGraph().getInitializerList().stream()
        .filter(tensor -> tensor.getDataType() == DataType.INT8.getNumber())
        .mapToInt(
            tensor -> {
              int greatest = 0;
              for (byte value : tensor.getRawData().toByteArray()) {
                greatest = Math.max(greatest, Math.abs(value));
              }
              return greatest;
            })
        .max()
        .orElseThrow();
  }

  private static ByteString constant(ModelProto model, String name) {
    return model.getGraph().getInitializerList().stream()
        .filter(tensor -> tensor.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getRawData();
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  private static double[] negated(double[] values) {
    return Arrays.stream(values).map(v -> -v).toArray();
  }

  private static double min(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double range(double[] values) {
    return -min(negated(values)) - Math.min(0, min(values));
  }

  private static double distance(float[] values, double[] from) {
    double sum = 0;
    for (int i = 0; i < from.length; i++) {
      sum += Math.abs(values[i] - from[i]);
    }
    return sum / from.length;
  }

  private static double relative(float[] values, float[] from) {
    return distance(values, wide(from)) / Math.max(1e-6, range(wide(from)));
  }
}
