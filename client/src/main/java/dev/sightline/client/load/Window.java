package dev.sightline.client.load;

import java.util.concurrent.TimeUnit;

/** The time that counts, in the nanoseconds of {@link System#nanoTime}. */
record Window(long from, long to) {
  boolean contains(long nanos) {
    return nanos >= from && nanos < to;
  }

  /** How long it was if the load ended then. */
  double seconds(long ended) {
    return Math.max(0, Math.min(to, ended) - from) / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
