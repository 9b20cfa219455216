package dev.sightline.server.batch;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps a model open for as long as somebody needs it: the catalogue that offers it, an image that
 * was accepted for it until its answer is told, a worker that is at it. Thread-safe.
 */
public final class ReferenceCount {
  private final AtomicInteger references = new AtomicInteger(1);
  private final Runnable close;

  /**
   * One reference, that of the caller.
   *
   * @param close runs once, on the thread that gives back the last reference
   */
  public ReferenceCount(Runnable close) {
    this.close = close;
  }

  /** Of something that nobody ever closes, as long as its one owner keeps the reference. */
  static ReferenceCount none() {
    return new ReferenceCount(() -> {});
  }

  /** Takes another reference; false if the last one was given back already. */
  boolean retain() {
    return references.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /** Gives a reference back. */
  public void release() {
    if (references.decrementAndGet() == 0) {
      close.run();
    }
  }
}
