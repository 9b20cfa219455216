package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.DecoderWriter;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TorchDecoderTest {
  private static final EngineSettings SETTINGS = EngineSettings.cpu(4);

  /** Sizes of no common factor, a step without a tensor of the classifier, and one of full size. */
  private static final Decoder DECODER =
      Decoder.of(
          List.of(layer("b", 3, 5, 4), layer("a", 4, 2, 2), layer("c", 2, 17, 15)),
          new ImageInput("input", 3, 19, 15),
          2);

  private static Layer layer(String name, int channels, int height, int width) {
    return new Layer(name, "Relu", channels, height, width);
  }

  @Test
  void reconstructionIsThatOfLoopsInDoublePrecision() {
    float[] weights = weights(1);
    List<float[]> features = features(2, 2);
    try (TorchDecoder torch = new TorchDecoder(DECODER, SETTINGS)) {
      float[] found = torch.reconstruct(weights, features, 2);
      for (int image = 0; image < 2; image++) {
        double[] expected =
            new DoubleDecoder(DECODER).reconstruct(doubles(weights), image(features, image));
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) found[image * expected.length + i])
              .isCloseTo(expected[i], within(1e-5));
        }
      }
    }
  }

  @Test
  void batchThatNoBufferHoldsIsRefusedInASentence() {
    Decoder huge =
        Decoder.of(List.of(layer("huge", 4096, 512, 512)), new ImageInput("input", 3, 512, 512), 1);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> new TorchDecoder(huge, SETTINGS))
        .withMessage("4 arrays of 1073741824 numbers have more than 2 GiB; choose a smaller batch");
  }

  @Test
  void gradientIsThatOfFiniteDifferences() {
    float[] weights = weights(3);
    List<float[]> features = features(1, 4);
    float[] target = normal(3 * 19 * 15, 5);
    float[] gradient;
    try (TorchDecoder torch = new TorchDecoder(DECODER, SETTINGS)) {
      gradient =
          torch.gradient(
              weights,
              features,
              1,
              found -> {
                float[] slope = new float[found.length];
                for (int i = 0; i < slope.length; i++) {
                  slope[i] = 2 * (found[i] - target[i]) / found.length;
                }
                return slope;
              });
    }
    double[] moved = doubles(weights);
    double step = 1e-6;
    double worst = 0;
    double largest = 0;
    for (int i = 0; i < weights.length; i++) {
      double at = moved[i];
      moved[i] = at + step;
      double above = loss(moved, features, target);
      moved[i] = at - step;
      double below = loss(moved, features, target);
      moved[i] = at;
      double expected = (above - below) / (2 * step);
      worst = Math.max(worst, Math.abs(gradient[i] - expected));
      largest = Math.max(largest, Math.abs(expected));
    }
    assertThat(largest).isGreaterThan(0.01);
    assertThat(worst / largest).isLessThan(1e-5);
  }

  @Test
  void writtenGraphGivesOnOnnxRuntimeWhatPyTorchGives() {
    float[] weights = weights(6);
    List<float[]> features = features(3, 7);
    try (TorchDecoder torch = new TorchDecoder(DECODER, SETTINGS);
        OnnxDecoder onnx =
            new OnnxDecoder(DECODER, DecoderWriter.write(DECODER, weights, Map.of()), SETTINGS)) {
      float[] expected = torch.reconstruct(weights, features, 3);
      float[] found = onnx.reconstruct(features, 3);
      assertThat(found).hasSameSizeAs(expected);
      double difference = 0;
      double norm = 0;
      for (int i = 0; i < found.length; i++) {
        difference += Math.pow(found[i] - expected[i], 2);
        norm += Math.pow(expected[i], 2);
      }
      assertThat(Math.sqrt(difference / norm)).isLessThan(1e-6);
    }
  }

  @Test
  void stepsLeaveNoNativeMemoryBehind() {
    Optional<NativeHeap> known = NativeHeap.ofThisProcess();
    assumeThat(known).isPresent();
    NativeHeap heap = known.get();
    Decoder large =
        Decoder.of(List.of(layer("a", 8, 32, 32)), new ImageInput("input", 3, 64, 64), 8);
    float[] weights = normal(large.parameters(), 8);
    List<float[]> features = List.of(normal(4 * 8 * 32 * 32, 9));
    try (TorchDecoder torch = new TorchDecoder(large, SETTINGS)) {
      steps(torch, weights, features, 10);
      long before = heap.bytes();
      steps(torch, weights, features, 150);
      // A step that kept but its reconstructions would have kept 29 MB by now.
      assertThat(heap.bytes() - before).isLessThan(10_000_000);
    }
  }

  private static void steps(
      TorchDecoder torch, float[] weights, List<float[]> features, int count) {
    for (int i = 0; i < count; i++) {
      float[] unused = torch.gradient(weights, features, 4, found -> found);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (TorchDecoder torch = new TorchDecoder(DECODER, SETTINGS)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> torch.reconstruct(new float[3], features(1, 1), 1))
          .withMessageContaining("3 parameters");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> torch.reconstruct(weights(1), features(5, 1), 5))
          .withMessageContaining("5 images");
    }
  }

  private static double loss(double[] parameters, List<float[]> features, float[] target) {
    double[] found = new DoubleDecoder(DECODER).reconstruct(parameters, features);
    double sum = 0;
    for (int i = 0; i < found.length; i++) {
      sum += Math.pow(found[i] - target[i], 2);
    }
    return sum / found.length;
  }

  private static float[] weights(long seed) {
    float[] weights = normal(DECODER.parameters(), seed);
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= 0.3f;
    }
    return weights;
  }

  private static List<float[]> features(int images, long seed) {
    List<float[]> features = new ArrayList<>();
    for (Layer layer : DECODER.skips()) {
      features.add(
          normal(images * layer.channels() * layer.height() * layer.width(), seed + layer.width()));
    }
    return features;
  }

  private static List<float[]> image(List<float[]> features, int image) {
    List<float[]> one = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      Layer layer = DECODER.skips().get(i);
      int size = layer.channels() * layer.height() * layer.width();
      one.add(Arrays.copyOfRange(features.get(i), image * size, (image + 1) * size));
    }
    return one;
  }

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
