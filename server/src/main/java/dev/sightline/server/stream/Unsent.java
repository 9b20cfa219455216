package dev.sightline.server.stream;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes of explanations that wait for slow readers, of all streams together. Thread-safe. */
final class Unsent {
  private final long most;
  private final AtomicLong bytes = new AtomicLong();

  /** None yet, and at most so many. */
  Unsent(long most) {
    this.most = most;
  }

  void add(long more) {
    bytes.addAndGet(more);
  }

  long bytes() {
    return bytes.get();
  }

  boolean full() {
    return bytes.get() >= most;
  }
}
