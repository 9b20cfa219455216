package dev.sightline.server.model.expansion;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Which photographs are held out, and which is learnt from when: all of it follows from the seed.
 * Not thread-safe.
 */
final class Split {
  private final long seed;
  private final int[] heldOut;
  private final int[] learnt;
  private int[] order = {};
  private long ordered = -1;

  /**
   * Divides photographs, at least two of them.
   *
   * @param share of those that are held out; there is at least one, and one to learn from
   */
  Split(int photographs, double share, long seed) {
    this.seed = seed;
    int[] shuffled = shuffled(photographs, seed);
    int held = Math.max(1, Math.min(photographs - 1, (int) Math.round(share * photographs)));
    this.heldOut = Arrays.copyOf(shuffled, held);
    this.learnt = Arrays.copyOfRange(shuffled, held, photographs);
  }

  /** How many are held out. */
  int heldOut() {
    return heldOut.length;
  }

  /** The photograph that is held out at an index. */
  int heldOut(int index) {
    return heldOut[index];
  }

  /** How many are learnt from. */
  int learnt() {
    return learnt.length;
  }

  /** The photograph that is the number-th to be learnt from: each once before one comes again. */
  int learnt(long number) {
    long round = number / learnt.length;
    if (round != ordered) {
      order = shuffled(learnt.length, mixed(~seed, round));
      ordered = round;
    }
    return learnt[order[(int) (number % learnt.length)]];
  }

  /** How the photograph that is the number-th to be learnt from is altered. */
  Augmentation augmentation(long number) {
    return Augmentation.draw(new SplittableRandom(mixed(seed, number)));
  }

  private static int[] shuffled(int count, long seed) {
    int[] order = new int[count];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** One number of two, so that neither neighbours nor their sequences have anything in common. */
  private static long mixed(long seed, long number) {
    return new SplittableRandom(seed ^ (number + 1) * 0xd1342543de82ef95L).nextLong();
  }
}
