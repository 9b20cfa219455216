package dev.sightline.server.explain.measure;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The pixels of a map from the most to the least relevant. Equal values, such as the zeros that a
 * ReLU leaves, come in an order drawn by a seed, so that no side of the image goes before another.
 *
 * <p>Immutable and thread-safe.
 */
public final class Ranking {
  private final int[] order;

  private Ranking(int[] order) {
    this.order = order;
  }

  /**
   * Ranks pixels.
   *
   * @param map without NaN
   * @param seed the same seed gives the same order among equal values
   */
  public static Ranking of(Plane map, long seed) {
    float[] values = map.values();
    int[] lots = lots(values.length, seed);
    long[] keys = new long[values.length];
    for (int i = 0; i < keys.length; i++) {
      // Floats order as their bits do, but negative ones in reverse; adding zero makes −0 a 0.
      int bits = Float.floatToIntBits(values[lots[i]] + 0f);
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[i] = ((long) ~ascending << 32) | i;
    }
    Arrays.sort(keys);
    int[] order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = lots[(int) keys[i]];
    }
    return new Ranking(order);
  }

  private static int[] lots(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] lots = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      lots[i] = lots[other];
      lots[other] = i;
    }
    return lots;
  }

  /** The number of pixels. */
  public int pixels() {
    return order.length;
  }

  /** How many pixels a share of them is, rounded. */
  public int count(double share) {
    return (int) Math.round(share * order.length);
  }

  /**
   * The mask that keeps the most relevant pixels.
   *
   * @param kept how many, 0 to {@link #pixels}
   * @return 1 for a pixel that is kept, 0 for the others
   */
  public float[] mostRelevant(int kept) {
    return mask(0, kept);
  }

  /** The mask that keeps the least relevant pixels, likewise. */
  public float[] leastRelevant(int kept) {
    return mask(order.length - kept, order.length);
  }

  private float[] mask(int from, int to) {
    float[] mask = new float[order.length];
    for (int i = from; i < to; i++) {
      mask[order[i]] = 1;
    }
    return mask;
  }
}
