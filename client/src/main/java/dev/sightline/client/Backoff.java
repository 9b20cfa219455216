package dev.sightline.client;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits between tries: 100 ms, doubling to 1.6 s, so that a server is found within two seconds of
 * its return. Each is cut at random by up to a half, so that the clients of one server do not all
 * come back at the same moment.
 */
final class Backoff {
  private static final int FIRST_MILLIS = 100;
  private static final int LONGEST_MILLIS = 1600;
  private static final int DOUBLINGS = 4;

  private Backoff() {}

  /**
   * The wait after that many failures.
   *
   * @param failures at least 1
   */
  static long millis(int failures) {
    int longest = longestMillis(failures);
    return ThreadLocalRandom.current().nextLong(longest / 2, longest + 1L);
  }

  /** The longest that the wait after that many failures can be. */
  static int longestMillis(int failures) {
    return Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures - 1, DOUBLINGS));
  }
}
