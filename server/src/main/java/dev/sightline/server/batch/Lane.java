package dev.sightline.server.batch;

import dev.sightline.server.engine.Backend;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Images that can share a pass: those of one model and layer, so of one {@link Backend}. Whoever
 * describes models makes one lane per layer and keeps it: lanes are told apart by identity.
 *
 * <p>The backend is opened when an image first waits in the lane, and again if it was closed to
 * make room for others, by a thread that does nothing else; meanwhile workers serve the other
 * lanes.
 */
public final class Lane {
  private final String name;
  private final Supplier<Backend> opener;
  private final Breaker breaker;
  private final ReferenceCount references;
  private volatile @Nullable Open open;

  /** When it was last served: the lowest is next. Guarded by the batcher's lock. */
  long turn;

  /** Of the sources that wait in it. */
  final Turns turns = new Turns();

  /**
   * What an open backend is and takes, asked once: a worker that forms a batch must not fail.
   *
   * @param imageSize floats of an input image
   * @param maxBatch frames of a pass
   * @param gridSize floats of a row's gradient
   * @param times of its passes
   */
  record Open(Backend backend, int imageSize, int maxBatch, int gridSize, PassTimes times) {
    /** Floats that the gradients of a pass may have in all, 256 MiB of them. */
    private static final int MAX_GRADIENTS = 1 << 26;

    /** Rows of a pass: at most as many, and fewer where each has a large gradient. */
    int maxRows(int most) {
      return Math.min(most, MAX_GRADIENTS / Math.max(1, gridSize));
    }
  }

  /** A lane that is tried however often its backend fails. */
  public Lane(String name, Supplier<Backend> opener) {
    this(name, opener, Breaker.never());
  }

  /** A lane of a model that stays. */
  public Lane(String name, Supplier<Backend> opener, Breaker breaker) {
    this(name, opener, breaker, ReferenceCount.none());
  }

  /**
   * A lane whose backend is opened when the first image waits in it.
   *
   * @param name the model and layer, for logs
   * @param opener gives the backend; may be slow, and may throw, in which case the images that wait
   *     fail and the next one tries again
   * @param breaker the one of all the model's lanes
   * @param references the one of all the model's lanes
   */
  public Lane(String name, Supplier<Backend> opener, Breaker breaker, ReferenceCount references) {
    this.name = name;
    this.opener = opener;
    this.breaker = breaker;
    this.references = references;
  }

  /** The model and layer, for logs. */
  public String name() {
    return name;
  }

  /** Tells whether its passes make sense now. */
  public Breaker breaker() {
    return breaker;
  }

  /** What keeps its model open. */
  ReferenceCount references() {
    return references;
  }

  /** Its backend, or null while it is not open, or not any more. */
  @Nullable Open opened() {
    Open known = open;
    return known != null && known.backend().ready() ? known : null;
  }

  /** Opens the backend. Called by one worker at a time. */
  void open() {
    Backend backend = opener.get();
    open =
        new Open(
            backend,
            backend.shape().imageSize(),
            backend.maxBatch(),
            backend.shape().gridSize(),
            new PassTimes(backend.maxBatch()));
  }

  @Override
  public String toString() {
    return name;
  }
}
