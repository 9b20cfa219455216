package dev.sightline.server.model.convert;

import static dev.sightline.server.model.convert.NaiveMap.LINEAR;
import static dev.sightline.server.model.convert.NaiveMap.RELU;
import static dev.sightline.server.model.convert.NaiveMap.RELU6;
import static dev.sightline.server.model.convert.TfliteFixture.integer;
import static dev.sightline.server.model.convert.TfliteFixture.octet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtException;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.model.OnnxRun;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TfliteImporterTest {
  private static final int SAME = 0;
  private static final int VALID = 1;

  private final Random random = new Random(1);
  private final TfliteFixture file = new TfliteFixture();

  /** A tensor of the file and what a naive forward pass has there. */
  private record Step(int tensor, NaiveMap map) {}

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void mobileNetIsConvertedAndEndsInPoolingAndOneMatrix(int dropped) throws OrtException {
    Step image = image(9, 12, 3);
    Step first = convolution(image, "Net/Net/Conv2d_0/Relu6", 3, 4, 2, 1, 3);
    Step depthwise = depthwise(first, "Net/Net/Conv2d_1_depthwise/Relu6", 2, 2);
    Step pointwise = convolution(depthwise, "Net/Net/Conv2d_1_pointwise/Relu6", 1, 5, 1, 1, 3);
    Step pooled = pool(pointwise, TfliteOperators.AVERAGE_POOL_2D, "Net/Logits/AvgPool", 3, VALID);
    Step scores = convolution(pooled, "Net/Logits/Conv2d_1c_1x1/BiasAdd", 1, 7, 1, 1, 0);
    int[] shape = {1, 7};
    int squeezed =
        file.operator(
            TfliteOperators.RESHAPE,
            "Net/Logits/SpatialSqueeze",
            shape,
            new int[] {scores.tensor(), file.integers(shape, 2)});
    int output = softmax(squeezed, 7);

    ModelProto model = TfliteImporter.convert(file.build(image.tensor(), output), "net", dropped);

    assertLogits(model, image.map(), scores.map(), dropped);
    assertThat(operators(model).subList(6, 9))
        .containsExactly("GlobalAveragePool", "Flatten", "Gemm");
    Graph graph = Graph.of(model);
    assertThat(graph.defaultLayer().name()).isEqualTo("Conv2d_1_pointwise");
    assertThat(graph.defaultLayer().operator()).isEqualTo("Clip");
    assertThat(graph.poolingAndLinear("Conv2d_1_pointwise")).isTrue();
    assertThat(graph.classes()).isEqualTo(7 - dropped);
  }

  @Test
  void everyOtherLayerIsConverted() throws OrtException {
    Step image = image(7, 6, 2);
    Step dilated = convolution(image, "dilated", 2, 3, 1, 2, 1);
    int[] pads = {0, 0, 1, 0, 0, 1, 0, 0};
    Step padded =
        new Step(
            file.operator(
                TfliteOperators.PAD,
                "padded",
                new int[] {1, 8, 7, 3},
                new int[] {dilated.tensor(), file.integers(pads, 4, 2)}),
            dilated.map().padded(1, 0, 0, 1));
    Step most = pool(padded, TfliteOperators.MAX_POOL_2D, "most", 3, SAME);
    Step mean = pool(most, TfliteOperators.AVERAGE_POOL_2D, "mean", 2, SAME);
    Step sum =
        new Step(
            file.operator(
                TfliteOperators.ADD,
                "sum",
                new int[] {1, 8, 7, 3},
                new int[] {most.tensor(), mean.tensor()},
                octet(0, 1)),
            most.map().plus(mean.map()).each(RELU));
    Step swish =
        activation(sum, TfliteOperators.HARD_SWISH, x -> x * Math.min(Math.max(x + 3, 0), 6) / 6);
    Step sigmoid = activation(sum, TfliteOperators.LOGISTIC, x -> 1 / (1 + Math.exp(-x)));
    Step joined =
        new Step(
            file.operator(
                TfliteOperators.CONCATENATION,
                "joined",
                new int[] {1, 8, 7, 6},
                new int[] {swish.tensor(), sigmoid.tensor()},
                integer(0, 3)),
            swish.map().beside(sigmoid.map()));
    Step global =
        new Step(
            file.operator(
                TfliteOperators.MEAN,
                "global",
                new int[] {1, 6},
                new int[] {joined.tensor(), file.integers(new int[] {1, 2}, 2)}),
            joined.map().mean());
    Step hidden = fullyConnected(global, "hidden", 5, 3);
    Step scores = fullyConnected(hidden, "scores", 4, 0);

    ModelProto model =
        TfliteImporter.convert(file.build(image.tensor(), softmax(scores.tensor(), 4)), "net", 0);

    assertLogits(model, image.map(), scores.map(), 0);
  }

  @Test
  void flatteningKeepsTheOrderOfChannelsLast() throws OrtException {
    Step image = image(4, 5, 3);
    Step map = convolution(image, "map", 3, 2, 1, 1, 1);
    int[] shape = {1, 4 * 5 * 2};
    Step flat =
        new Step(
            file.operator(
                TfliteOperators.RESHAPE,
                "flat",
                shape,
                new int[] {map.tensor(), file.integers(shape, 2)}),
            map.map());
    Step scores = fullyConnected(flat, "scores", 3, 0);

    ModelProto model = TfliteImporter.convert(file.build(image.tensor(), scores.tensor()), "n", 0);

    assertLogits(model, image.map(), scores.map(), 0);
  }

  @Test
  void anOperatorThatIsNotSupportedIsNamed() {
    int image = file.input(4, 4, 3);
    int[] shape = {1, 8, 8, 3};
    int resized = file.operator(23, "decoder/Resize", shape, new int[] {image});

    assertThatExceptionOfType(ConversionException.class)
        .isThrownBy(() -> TfliteImporter.convert(file.build(image, resized), "net", 0))
        .withMessage(
            "operator RESIZE_BILINEAR, which makes tensor 'decoder/Resize', is not supported");
  }

  @Test
  void quantisedWeightsAreRefused() {
    int image = file.input(4, 4, 1);
    int kernel = file.octets(new byte[] {1}, 1, 1, 1, 1);
    int[] shape = {1, 4, 4, 1};
    int map =
        file.operator(
            TfliteOperators.CONV_2D,
            "map",
            shape,
            new int[] {image, kernel, -1},
            integer(1, 1),
            integer(2, 1));

    assertThatExceptionOfType(ConversionException.class)
        .isThrownBy(() -> TfliteImporter.convert(file.build(image, map), "net", 0))
        .withMessageContaining("is INT8 where FLOAT32 is wanted");
  }

  @Test
  void anythingDamagedIsRefusedAsSuch() {
    Step image = image(4, 4, 3);
    Step map = convolution(image, "map", 3, 2, 1, 1, 1);
    byte[] whole = file.build(image.tensor(), map.tensor());

    assertThatExceptionOfType(ConversionException.class)
        .isThrownBy(() -> TfliteImporter.convert(new byte[] {1, 2, 3}, "net", 0))
        .withMessage("not a TensorFlow Lite file");
    for (int length = 8; length < whole.length; length += 7) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatExceptionOfType(ConversionException.class)
          .isThrownBy(() -> TfliteImporter.convert(part, "net", 0));
    }
  }

  @Test
  void whateverByteIsWrongTheFileIsConvertedOrRefusedAndNothingElse() {
    Step image = image(4, 4, 3);
    Step map = convolution(image, "map", 1, 2, 1, 1, 1);
    Step mean = pool(map, TfliteOperators.AVERAGE_POOL_2D, "mean", 4, VALID);
    Step scores = convolution(mean, "scores", 1, 2, 1, 1, 0);
    byte[] whole = file.build(image.tensor(), softmax(scores.tensor(), 2));
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] wrong = whole.clone();
      wrong[random.nextInt(wrong.length)] = (byte) random.nextInt(256);
      try {
        TfliteImporter.convert(wrong, "net", 0);
      } catch (ConversionException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void tensorsOfOneNameOrNoneStayApart() throws OrtException {
    Step image = image(4, 4, 3);
    Step map = convolution(convolution(image, "", 1, 2, 1, 1, 1), "", 1, 2, 1, 1, 1);
    Step scores =
        fullyConnected(pool(map, TfliteOperators.AVERAGE_POOL_2D, "", 4, VALID), "", 3, 0);
    ModelProto model = TfliteImporter.convert(file.build(image.tensor(), scores.tensor()), "n", 0);
    assertLogits(model, image.map(), scores.map(), 0);
  }

  private Step image(int height, int width, int channels) {
    float[] values = NaiveMap.random(random, height * width * channels, 1);
    return new Step(
        file.input(height, width, channels), NaiveMap.of(values, height, width, channels));
  }

  private Step convolution(
      Step in, String name, int size, int out, int stride, int dilation, int activation) {
    int channels = in.map().channels();
    float[] kernel = NaiveMap.random(random, out * size * size * channels, 1);
    float[] bias = NaiveMap.random(random, out, 1);
    NaiveMap map =
        in.map()
            .convolved(
                (y, x, i, o) -> kernel[((o * size + y) * size + x) * channels + i],
                bias,
                size,
                stride,
                dilation,
                true)
            .each(activation(activation));
    return new Step(
        file.operator(
            TfliteOperators.CONV_2D,
            name,
            shape(map),
            new int[] {
              in.tensor(), file.floats(kernel, out, size, size, channels), file.floats(bias, out)
            },
            octet(0, SAME),
            integer(1, stride),
            integer(2, stride),
            octet(3, activation),
            integer(4, dilation),
            integer(5, dilation)),
        map);
  }

  private Step depthwise(Step in, String name, int multiplier, int stride) {
    int out = in.map().channels() * multiplier;
    float[] kernel = NaiveMap.random(random, 3 * 3 * out, 1);
    float[] bias = NaiveMap.random(random, out, 1);
    NaiveMap map =
        in.map()
            .depthwise((y, x, i, o) -> kernel[(y * 3 + x) * out + o], bias, 3, stride, 1, true)
            .each(RELU6);
    return new Step(
        file.operator(
            TfliteOperators.DEPTHWISE_CONV_2D,
            name,
            shape(map),
            new int[] {in.tensor(), file.floats(kernel, 1, 3, 3, out), file.floats(bias, out)},
            octet(0, SAME),
            integer(1, stride),
            integer(2, stride),
            integer(3, multiplier),
            octet(4, 3)),
        map);
  }

  private Step pool(Step in, int code, String name, int size, int padding) {
    boolean mean = code == TfliteOperators.AVERAGE_POOL_2D;
    NaiveMap map =
        mean
            ? in.map().averaged(size, 1, padding == SAME)
            : in.map().largest(size, 1, padding == SAME);
    return new Step(
        file.operator(
            code,
            name,
            shape(map),
            new int[] {in.tensor()},
            octet(0, padding),
            integer(1, 1),
            integer(2, 1),
            integer(3, size),
            integer(4, size)),
        map);
  }

  private Step activation(Step in, int code, DoubleUnaryOperator function) {
    NaiveMap map = in.map().each(function);
    return new Step(
        file.operator(code, "activation" + code, shape(map), new int[] {in.tensor()}), map);
  }

  private Step fullyConnected(Step in, String name, int out, int activation) {
    int size = in.map().values().length;
    float[] weights = NaiveMap.random(random, out * size, 1);
    float[] bias = NaiveMap.random(random, out, 1);
    NaiveMap map =
        in.map().linear((y, x, i, o) -> weights[o * size + i], bias).each(activation(activation));
    return new Step(
        file.operator(
            TfliteOperators.FULLY_CONNECTED,
            name,
            new int[] {1, out},
            new int[] {in.tensor(), file.floats(weights, out, size), file.floats(bias, out)},
            octet(0, activation)),
        map);
  }

  private int softmax(int tensor, int classes) {
    return file.operator(
        TfliteOperators.SOFTMAX, "Predictions", new int[] {1, classes}, new int[] {tensor});
  }

  private static DoubleUnaryOperator activation(int code) {
    return switch (code) {
      case 1 -> RELU;
      case 3 -> RELU6;
      default -> LINEAR;
    };
  }

  private static int[] shape(NaiveMap map) {
    return new int[] {1, map.height(), map.width(), map.channels()};
  }

  private static List<String> operators(ModelProto model) {
    return model.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
  }

  private static void assertLogits(ModelProto model, NaiveMap image, NaiveMap scores, int dropped)
      throws OrtException {
    try (OnnxRun run = new OnnxRun(model)) {
      float[] logits =
          run.logits(image.channelsFirst(), image.channels(), image.height(), image.width());
      double[] wanted = Arrays.copyOfRange(scores.values(), dropped, scores.values().length);
      assertThat(logits).hasSameSizeAs(wanted);
      for (int i = 0; i < wanted.length; i++) {
        assertThat((double) logits[i])
            .isCloseTo(wanted[i], Offset.offset(1e-4 * Math.max(1, Math.abs(wanted[i]))));
      }
    }
  }
}
