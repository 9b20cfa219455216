package dev.sightline.server.explain;

import java.nio.FloatBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The image that a perturbation starts from. Its arrays are not copied and must stay as they are as
 * long as the perturbation is in use.
 *
 * @param input the network's input, C × H × W after preprocessing, channel by channel and row by
 *     row
 * @param channels C, at least 1
 * @param height H, at least 1
 * @param width W, at least 1
 * @param evidence the activation A at the clean input, K × h × w, whose gradient is not read; null
 *     where no layer is read ({@link PerturbationMethod#readsActivation})
 * @param masks how many random masks there are to be, at least 1; only for methods that draw them
 * @param seed of the random masks; the same seed gives the same masks
 */
public record Subject(
    float[] input,
    int channels,
    int height,
    int width,
    @Nullable Evidence evidence,
    int masks,
    long seed) {

  /** Checks that the input fills its shape. */
  public Subject {
    if (channels < 1 || height < 1 || width < 1 || masks < 1) {
      throw new IllegalArgumentException(
          "an input of %d x %d x %d, %d masks".formatted(channels, height, width, masks));
    }
    if (input.length != Math.multiplyExact(channels, Math.multiplyExact(height, width))) {
      throw new IllegalArgumentException(
          "%d values for an input of %d x %d x %d"
              .formatted(input.length, channels, height, width));
    }
  }

  /** A of the layer. */
  Evidence activation() {
    return Objects.requireNonNull(evidence, "a method that reads a layer needs its activation");
  }

  /** Writes the input with every channel multiplied by a mask of H·W. */
  void writeMasked(float[] mask, FloatBuffer into, int offset) {
    float[] channel = new float[mask.length];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < mask.length; i++) {
        channel[i] = input[c * mask.length + i] * mask[i];
      }
      into.put(offset + c * mask.length, channel);
    }
  }
}
