package dev.sightline.server.model.expansion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.TorchDecoder;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StandardsTest {
  private static final Decoder DECODER =
      Decoder.of(
          List.of(new Layer("a", "Relu", 5, 3, 3), new Layer("b", "Relu", 4, 6, 6)),
          new ImageInput("input", 2, 12, 12),
          3);
  private static final Standards STANDARDS =
      new Standards(
          new Moments[] {
            new Moments(new float[] {1, -2, 3, 0, 5}, new float[] {2, 0.5f, 1, 3, 4}),
            new Moments(new float[] {-1, 2, 0.5f, 7}, new float[] {0.2f, 5, 1, 2})
          },
          new Moments(new float[] {100, -30}, new float[] {60, 2}));

  /** The standardised tensors through the trained parameters, and the answer taken back. */
  @Test
  void decoderOfPlainValuesDoesWhatTheTrainedOneDoesWithStandardisedOnes() {
    float[] trained = normal(DECODER.parameters(), 1);
    List<float[]> standardised = List.of(normal(5 * 9, 2), normal(4 * 36, 3));
    List<float[]> plain = List.of(standardised.get(0).clone(), standardised.get(1).clone());
    for (int tensor = 0; tensor < 2; tensor++) {
      int cells = tensor == 0 ? 9 : 36;
      Moments moments = STANDARDS.taken()[tensor];
      for (int i = 0; i < plain.get(tensor).length; i++) {
        plain.get(tensor)[i] =
            plain.get(tensor)[i] * moments.deviation(i / cells) + moments.mean(i / cells);
      }
    }
    try (TorchDecoder torch = new TorchDecoder(DECODER, EngineSettings.cpu(1))) {
      float[] expected = torch.reconstruct(trained, standardised, 1);
      float[] found = torch.reconstruct(STANDARDS.weights(DECODER, trained), plain, 1);
      for (int i = 0; i < found.length; i++) {
        int channel = i / 144;
        float standard =
            (found[i] - STANDARDS.given().mean(channel)) / STANDARDS.given().deviation(channel);
        assertThat(standard).isCloseTo(expected[i], within(1e-4f * (1 + Math.abs(expected[i]))));
      }
    }
  }

  /** ⟨g, J δ⟩ = ⟨Jᵀ g, δ⟩, where J is what {@code weights} does to a change of the trained ones. */
  @Test
  void gradientIsTakenBackByTheTransposeOfWhatTheParametersGoThrough() {
    float[] trained = normal(DECODER.parameters(), 4);
    float[] moved = trained.clone();
    float[] change = normal(DECODER.parameters(), 5);
    for (int i = 0; i < moved.length; i++) {
      moved[i] += change[i];
    }
    float[] before = STANDARDS.weights(DECODER, trained);
    float[] after = STANDARDS.weights(DECODER, moved);
    float[] gradient = normal(DECODER.parameters(), 6);
    double expected = 0;
    for (int i = 0; i < gradient.length; i++) {
      expected += gradient[i] * ((double) after[i] - before[i]);
    }
    STANDARDS.gradient(DECODER, gradient);
    double found = 0;
    for (int i = 0; i < gradient.length; i++) {
      found += (double) gradient[i] * change[i];
    }
    assertThat(found).isCloseTo(expected, within(1e-4 * Math.abs(expected)));
  }

  @Test
  void momentsAreThoseOfTheValuesAndNeverZero() {
    Moments.Sum sum = new Moments.Sum(2, 3);
    sum.add(new float[] {1, 2, 3, 7, 7, 7}, 1);
    sum.add(new float[] {4, 5, 6, 7, 7, 7, 99, 99}, 1);
    Moments moments = sum.moments();
    assertThat(moments.means()).containsExactly(3.5f, 7);
    assertThat(moments.deviation(0)).isCloseTo((float) Math.sqrt(35 / 12.0), within(1e-6f));
    assertThat(moments.deviation(1)).isPositive();
    Moments.Sum silent = new Moments.Sum(1, 2);
    silent.add(new float[2], 1);
    assertThat(silent.moments().deviation(0)).isPositive();
  }

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
