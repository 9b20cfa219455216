package dev.sightline.server.batch;

import dev.sightline.server.engine.Backend;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Images that can share a pass: those of one model and layer, so of one {@link Backend}. Whoever
 * describes models makes one lane per layer and keeps it: lanes are told apart by identity.
 *
 * <p>The backend is opened by the worker that first finds an image in the lane; images wait
 * meanwhile and the other workers serve the other lanes.
 */
public final class Lane {
  private final String name;
  private final Supplier<Backend> opener;
  private volatile @Nullable Backend backend;

  /**
   * A lane whose backend is opened when the first image waits in it.
   *
   * @param name the model and layer, for logs
   * @param opener gives the backend; may be slow, and may throw, in which case the images that wait
   *     fail and the next one tries again
   */
  public Lane(String name, Supplier<Backend> opener) {
    this.name = name;
    this.opener = opener;
  }

  /** The model and layer, for logs. */
  public String name() {
    return name;
  }

  /** The backend, or null while it is not open. */
  @Nullable Backend backend() {
    return backend;
  }

  /** Opens the backend. Called by one worker at a time. */
  void open() {
    backend = opener.get();
  }

  @Override
  public String toString() {
    return name;
  }
}
