package dev.sightline.server.model.convert;

import static dev.sightline.server.model.convert.NaiveMap.RELU;
import static dev.sightline.server.model.convert.NaiveMap.RELU6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtException;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.model.OnnxRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KerasImporterTest {
  private static final String IMAGES = "'batch_input_shape':[null,9,8,3]";

  private final Random random = new Random(2);
  private final KerasFixture model = new KerasFixture();
  private final Path folder;

  KerasImporterTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void residualNetworkIsConvertedWithItsNormalisationsFolded() throws IOException, OrtException {
    NaiveMap image = NaiveMap.of(NaiveMap.random(random, 9 * 8 * 3, 1), 9, 8, 3);
    model.layer("InputLayer", "image", IMAGES);
    model.layer("ZeroPadding2D", "pad", "'padding':[[1,2],[0,1]]", "image");
    NaiveMap stem = convolution("conv1", "pad", image.padded(1, 0, 2, 1), 3, 4, 2, false, true);
    NaiveMap map = normalisation("bn1", "conv1", stem).each(RELU);
    model.layer("Activation", "relu1", "'activation':'relu'", "bn1");
    model.layer("ZeroPadding2D", "pool_pad", "'padding':[[1,1],[1,1]]", "relu1");
    model.layer(
        "MaxPooling2D", "pool", "'pool_size':[3,3],'strides':[1,1],'padding':'valid'", "pool_pad");
    NaiveMap pooled = map.padded(1, 1, 1, 1).largest(3, 1, false);
    NaiveMap left =
        normalisation(
            "bn2a", "conv2a", convolution("conv2a", "pool", pooled, 1, 4, 1, false, false));
    NaiveMap right = depthwise("conv2b", "pool", pooled).each(RELU6);
    model.layer("Add", "add", "", "bn2a", "conv2b");
    model.layer("ZeroPadding2D", "mean_pad", "'padding':[[0,1],[1,0]]", "add");
    model.layer(
        "AveragePooling2D",
        "mean",
        "'pool_size':[2,2],'strides':null,'padding':'same'",
        "mean_pad");
    NaiveMap mean = left.plus(right).padded(0, 1, 1, 0).averaged(2, 2, true);
    NaiveMap alone = normalisation("bn3", "mean", mean);
    model.layer("Dropout", "dropout", "'rate':0.5", "bn3");
    model.layer("GlobalAveragePooling2D", "global", "", "dropout");
    NaiveMap scores = dense("fc", "global", alone.mean(), 5, "softmax");

    ModelProto onnx = KerasImporter.convert(model.write(folder, false), "net");

    assertLogits(onnx, image, scores);
    assertThat(onnx.getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .containsExactly(
            "Conv",
            "Relu",
            "MaxPool",
            "Conv",
            "Conv",
            "Clip",
            "Add",
            "Pad",
            "AveragePool",
            "BatchNormalization",
            "GlobalAveragePool",
            "Flatten",
            "Gemm");
    assertThat(onnx.getGraph().getNodeList())
        .flatExtracting(NodeProto::getOutputList)
        .contains("bn1", "relu1", "pool", "bn2a", "conv2b", "add", "bn3", "logits");
    assertThat(Graph.of(onnx).poolingAndLinear("bn3")).isTrue();
  }

  @Test
  void sequentialModelIsConvertedWithItsFlatteningInTheOrderOfChannelsLast()
      throws IOException, OrtException {
    NaiveMap image = NaiveMap.of(NaiveMap.random(random, 9 * 8 * 3, 1), 9, 8, 3);
    float[] kernel = NaiveMap.random(random, 3 * 3 * 3 * 2, 1);
    float[] bias = NaiveMap.random(random, 2, 1);
    model
        .layer(
            "Conv2D",
            "conv",
            "'filters':2,'kernel_size':[3,3],'strides':[2,2],'padding':'same','activation':'relu',"
                + IMAGES)
        .weight("net/conv/kernel:0", kernel, 3, 3, 3, 2)
        .weight("net/conv/bias:0", bias, 2);
    NaiveMap map = image.convolved(hwio(kernel, 3, 3, 2), bias, 3, 2, 1, true).each(RELU);
    model.layer("Flatten", "flatten", "");
    NaiveMap hidden = dense("hidden", "", map, 6, "relu").each(RELU);
    NaiveMap scores = dense("scores", "", hidden, 4, "linear");
    model.layer("Activation", "probabilities", "'activation':'softmax'");

    assertLogits(KerasImporter.convert(model.write(folder, true), "net"), image, scores);
  }

  @Test
  void layerThatIsNotSupportedIsNamed() throws IOException {
    model.layer("InputLayer", "image", IMAGES);
    model.layer("LSTM", "memory", "", "image");
    assertRefused("layer 'memory' (LSTM) is not supported");
  }

  @Test
  void softmaxInTheMiddleIsRefused() throws IOException {
    model.layer("InputLayer", "image", IMAGES);
    model.layer("Activation", "attention", "'activation':'softmax'", "image");
    model.layer("GlobalAveragePooling2D", "global", "", "attention");
    assertRefused("layer 'attention' (Activation) has a softmax, which may only stand at the end");
  }

  @Test
  void maximaOverZerosAroundNegativeValuesAreRefused() throws IOException {
    model.layer("InputLayer", "image", IMAGES);
    model.layer("ZeroPadding2D", "pad", "'padding':[[1,1],[1,1]]", "image");
    model.layer("MaxPooling2D", "pool", "'pool_size':[3,3],'strides':[1,1]", "pad");
    assertRefused("layer 'pool' takes maxima over zeros around values that may be negative");
  }

  @Test
  void missingAndTruncatedFilesAreNamed() throws IOException {
    model.layer("InputLayer", "image", IMAGES);
    model.layer("GlobalAveragePooling2D", "global", "", "image");
    dense("fc", "global", new NaiveMap(1, 1, 3), 4, "softmax");
    Path json = model.write(folder, false);
    Path shard = folder.resolve("shard2of2.bin");

    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, new byte[bytes.length - 4]);
    assertRefused(json, "the weight files end before weight 'fc/bias' does");
    Files.write(shard, new byte[bytes.length + 4]);
    assertRefused(json, "the weight files hold 4 bytes more than model.json says");
    Files.delete(shard);
    assertRefused(json, "weight file shard2of2.bin is missing");
    Files.writeString(json, "{\"modelTopology\": ");
    assertThatExceptionOfType(ConversionException.class)
        .isThrownBy(() -> KerasImporter.convert(json, "net"))
        .withMessageStartingWith("model.json is not JSON: ");
    // Which a reader of JSON takes for UTF-32.
    Files.write(json, new byte[] {'{', 0, 0, 0, 0, 0, 0, 'x'});
    assertThatExceptionOfType(ConversionException.class)
        .isThrownBy(() -> KerasImporter.convert(json, "net"))
        .withMessageStartingWith("model.json is not text: ");
  }

  private void assertRefused(String message) throws IOException {
    assertRefused(model.write(folder, false), message);
  }

  private static void assertRefused(Path json, String message) {
    assertThatExceptionOfType(ConversionException.class)
        .isThrownBy(() -> KerasImporter.convert(json, "net"))
        .withMessage(message);
  }

  private NaiveMap convolution(
      String name,
      String input,
      NaiveMap in,
      int size,
      int out,
      int stride,
      boolean same,
      boolean biased)
      throws IOException {
    float[] kernel = NaiveMap.random(random, size * size * in.channels() * out, 1);
    float[] bias = biased ? NaiveMap.random(random, out, 1) : new float[out];
    model
        .layer(
            "Conv2D",
            name,
            "'filters':%d,'kernel_size':[%d,%d],'strides':[%d,%d],'padding':'%s','use_bias':%s"
                .formatted(out, size, size, stride, stride, same ? "same" : "valid", biased),
            input)
        .weight(name + "/kernel", kernel, size, size, in.channels(), out);
    if (biased) {
      model.weight(name + "/bias", bias, out);
    }
    return in.convolved(hwio(kernel, size, in.channels(), out), bias, size, stride, 1, same);
  }

  private NaiveMap depthwise(String name, String input, NaiveMap in) throws IOException {
    int channels = in.channels();
    float[] kernel = NaiveMap.random(random, 9 * channels, 1);
    float[] bias = NaiveMap.random(random, channels, 1);
    model
        .layer(
            "DepthwiseConv2D",
            name,
            "'kernel_size':[3,3],'padding':'same','activation':'relu6'",
            input)
        .weight(name + "/depthwise_kernel", kernel, 3, 3, channels, 1)
        .weight(name + "/bias", bias, channels);
    return in.depthwise((y, x, i, o) -> kernel[(y * 3 + x) * channels + o], bias, 3, 1, 1, true);
  }

  private NaiveMap normalisation(String name, String input, NaiveMap in) throws IOException {
    int channels = in.channels();
    float[] gamma = NaiveMap.random(random, channels, 1);
    float[] beta = NaiveMap.random(random, channels, 1);
    float[] mean = NaiveMap.random(random, channels, 1);
    float[] variance = NaiveMap.random(random, channels, 1);
    for (int c = 0; c < channels; c++) {
      variance[c] = Math.abs(variance[c]) * 0.01f;
    }
    model
        .layer("BatchNormalization", name, "'axis':[3],'epsilon':0.01", input)
        .weight(name + "/gamma", gamma, channels)
        .weight(name + "/beta", beta, channels)
        .weight(name + "/moving_mean", mean, channels)
        .weight(name + "/moving_variance", variance, channels);
    NaiveMap out = new NaiveMap(in.height(), in.width(), channels);
    for (int i = 0; i < out.values().length; i++) {
      int c = i % channels;
      out.values()[i] =
          gamma[c] * (in.values()[i] - mean[c]) / Math.sqrt(variance[c] + 0.01) + beta[c];
    }
    return out;
  }

  private NaiveMap dense(String name, String input, NaiveMap in, int out, String activation)
      throws IOException {
    int size = in.values().length;
    float[] kernel = NaiveMap.random(random, size * out, 1);
    float[] bias = NaiveMap.random(random, out, 1);
    String settings = "'units':%d,'activation':'%s'".formatted(out, activation);
    String[] inputs = input.isEmpty() ? new String[0] : new String[] {input};
    model
        .layer("Dense", name, settings, inputs)
        .weight(name + "/kernel", kernel, size, out)
        .weight(name + "/bias", bias, out);
    return in.linear((y, x, i, o) -> kernel[i * out + o], bias);
  }

  private static NaiveMap.Kernel hwio(float[] kernel, int size, int in, int out) {
    return (y, x, i, o) -> kernel[((y * size + x) * in + i) * out + o];
  }

  private static void assertLogits(ModelProto model, NaiveMap image, NaiveMap scores)
      throws OrtException {
    try (OnnxRun run = new OnnxRun(model)) {
      float[] logits =
          run.logits(image.channelsFirst(), image.channels(), image.height(), image.width());
      double[] wanted = scores.values();
      assertThat(logits).hasSameSizeAs(wanted);
      for (int i = 0; i < wanted.length; i++) {
        assertThat((double) logits[i])
            .isCloseTo(wanted[i], Offset.offset(1e-4 * Math.max(1, Math.abs(wanted[i]))));
      }
    }
  }
}
