package dev.sightline.server.explain;

import java.util.SplittableRandom;

/** Random numbers of their own for every (seed, index). */
final class Draws {
  private Draws() {}

  /**
   * A generator that depends on the seed and the index alone. Neighbouring seeds and indices are
   * scattered first: sequences of this generator whose seeds differ by little would overlap
   * otherwise.
   */
  static SplittableRandom of(long seed, int index) {
    long scattered = new SplittableRandom(seed).nextLong();
    return new SplittableRandom(new SplittableRandom(scattered + index).nextLong());
  }
}
