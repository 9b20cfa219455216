package dev.sightline.server.explain;

import java.util.Objects;

/**
 * The averages of g, g² and g³ over noisy inputs: D1, D2 and D3 of Smooth Grad-CAM++ (Omeiza et al.
 * 2019), and of D1 SmoothGrad. Element by element, in the order of the activation.
 *
 * <p>Sums are kept in double, where neither the square nor the cube of a float32 over- or
 * underflows. Samples that are added in the same order give the same bits.
 *
 * <p>Not thread-safe while samples are added; evidence that reads it must come after them.
 */
public final class Moments {
  private final double[] first;
  private final double[] second;
  private final double[] third;
  private int count;

  /**
   * Averages over no sample yet.
   *
   * @param size K·h·w, the number of gradients in a sample; at least 1
   */
  public Moments(int size) {
    this(new double[size], new double[size], new double[size], 0);
    if (size < 1) {
      throw new IllegalArgumentException("averages of " + size + " gradients");
    }
  }

  private Moments(double[] first, double[] second, double[] third, int count) {
    this.first = first;
    this.second = second;
    this.third = third;
    this.count = count;
  }

  /**
   * Adds the gradient at one noisy input. NaN and infinities stay visible in the averages.
   *
   * @param gradients holds it; not kept
   * @param offset where it begins
   */
  public void add(float[] gradients, int offset) {
    Objects.checkFromIndexSize(offset, first.length, gradients.length);
    for (int i = 0; i < first.length; i++) {
      double g = gradients[offset + i];
      first[i] += g;
      second[i] += g * g;
      third[i] += g * g * g;
    }
    count++;
  }

  /** How many samples were added. */
  public int count() {
    return count;
  }

  /** How many gradients a sample has. */
  int size() {
    return first.length;
  }

  /** D1 of a neuron; at least one sample must have been added, here and below. */
  double first(int i) {
    return first[i] / count;
  }

  /** D2 of a neuron. */
  double second(int i) {
    return second[i] / count;
  }

  /** D3 of a neuron. */
  double third(int i) {
    return third[i] / count;
  }

  /** A copy of the averages of some neurons in a row. */
  Moments slice(int from, int size) {
    Moments slice = new Moments(size);
    System.arraycopy(first, from, slice.first, 0, size);
    System.arraycopy(second, from, slice.second, 0, size);
    System.arraycopy(third, from, slice.third, 0, size);
    slice.count = count;
    return slice;
  }

  /** A copy that is zero in every cell that is not kept. */
  Moments within(boolean[] kept) {
    Moments within = slice(0, first.length);
    for (int i = 0; i < first.length; i++) {
      if (!kept[i % kept.length]) {
        within.first[i] = 0;
        within.second[i] = 0;
        within.third[i] = 0;
      }
    }
    return within;
  }
}
