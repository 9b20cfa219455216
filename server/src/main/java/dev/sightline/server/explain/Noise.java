package dev.sightline.server.explain;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;

/**
 * Gaussian noise on the network's input, for the methods that average over noisy inputs: x + N(0,
 * σ²) with σ = standardDeviation · (max(x) − min(x)), the convention of SmoothGrad (Smilkov et al.
 * 2017).
 *
 * <p>A sample follows from x, the seed and its number alone: not from the batch that it travels in,
 * the thread that writes it, or the samples before it. Machines of the same release of Java give
 * the same bits; Java promises no more for its normal distribution. Thread-safe.
 *
 * @param standardDeviation as a fraction of the input's range, finite and at least 0; 0.15 is usual
 * @param seed the same seed gives the same samples
 */
public record Noise(double standardDeviation, long seed) {

  /** Checks the standard deviation. */
  public Noise {
    if (!(standardDeviation >= 0) || Double.isInfinite(standardDeviation)) {
      throw new IllegalArgumentException("a standard deviation of " + standardDeviation);
    }
  }

  /**
   * Writes a noisy input.
   *
   * @param input x, as preprocessing left it; not changed
   * @param sample its number, at least 0
   * @param into receives as many floats as the input has; its position does not move
   * @param offset the absolute index in the buffer where they begin
   */
  public void write(float[] input, int sample, FloatBuffer into, int offset) {
    double sigma = standardDeviation * range(input);
    SplittableRandom random = Draws.of(seed, sample);
    float[] noisy = new float[input.length];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = (float) (input[i] + sigma * random.nextGaussian());
    }
    into.put(offset, noisy);
  }

  private static double range(float[] input) {
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (float value : input) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return (double) max - min;
  }
}
