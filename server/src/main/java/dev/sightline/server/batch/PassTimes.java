package dev.sightline.server.batch;

import java.util.Arrays;

/**
 * How long passes of a lane take, and so how many frames of those that wait it should take at once.
 * A large pass makes all of its frames wait for the last one, which is worth it only where it costs
 * less a frame: on a GPU mostly, on a processor often not.
 *
 * <p>Learnt from the passes themselves, under the load that there is: once there were some of the
 * largest size, of every four batches one may be of a size that is not known yet, and of every 32
 * one of any, in turn. A size is judged beside the one in use at that time, so that how busy the
 * machine is does not matter. Thread-safe.
 */
final class PassTimes {
  /** What a frame may cost more in a smaller pass that is preferred. */
  private static final double WORTH = 1.08;

  /** Passes of a size before it is judged. */
  private static final int ENOUGH = 4;

  private static final int UNKNOWN_EVERY = 4;
  private static final int TRIED_EVERY = 32;

  /** How much of a mean the latest pass is. */
  private static final double LATEST = 1.0 / 8;

  private final int maxBatch;

  /** What a frame costs in passes of 2^i frames, beside the other sizes. */
  private final double[] cost;

  private final int[] passes;

  /** The size in use, as its exponent, and the nanoseconds that a cost of one takes by it. */
  private int used;

  private double unit;

  private int formed;
  private int tried;

  /**
   * Knows nothing yet.
   *
   * @param maxBatch frames of the largest pass, a power of two
   */
  PassTimes(int maxBatch) {
    this.maxBatch = maxBatch;
    this.used = Integer.numberOfTrailingZeros(maxBatch);
    this.cost = new double[used + 1];
    this.passes = new int[used + 1];
    Arrays.fill(cost, 1);
  }

  /** A pass of that many frames took so long; one that took no time is not counted. */
  synchronized void took(int frames, long nanos) {
    if (nanos <= 0 || Integer.bitCount(frames) != 1) {
      return;
    }
    int size = Integer.numberOfTrailingZeros(frames);
    double perFrame = (double) nanos / frames;
    if (size == used) {
      unit += (perFrame / cost[size] - unit) * (unit == 0 ? 1 : LATEST);
      passes[size]++;
    } else if (unit > 0) {
      double latest = Math.max(LATEST, 1.0 / ++passes[size]);
      cost[size] += (perFrame / unit - cost[size]) * latest;
    }
  }

  /**
   * The number of frames that the next batch should have at most: the least that costs a frame
   * hardly more than any other number does, or one that is to be tried.
   */
  synchronized int worthwhile() {
    if (!known(cost.length - 1)) {
      return maxBatch;
    }
    formed++;
    double best = Double.POSITIVE_INFINITY;
    for (int size = 0; size < cost.length; size++) {
      if (known(size)) {
        best = Math.min(best, cost[size]);
      } else if (formed % UNKNOWN_EVERY == 0) {
        return 1 << size;
      }
    }
    if (formed % TRIED_EVERY == 0) {
      tried = (tried + 1) % cost.length;
      return 1 << tried;
    }
    int size = 0;
    while (!known(size) || cost[size] > best * WORTH) {
      size++;
    }
    used = size;
    return 1 << size;
  }

  /** One pass is enough of a size at which frames cost twice as much as in the one in use. */
  private boolean known(int size) {
    return passes[size] >= ENOUGH || (passes[size] > 0 && cost[size] > 2 * cost[used]);
  }
}
