package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One kind of pass of a model, and what is in its way if the model cannot run it. Thread-safe. */
public final class ServedPass {
  private final @Nullable String obstacle;
  private final Supplier<PooledBackend<?>> opener;
  private volatile @Nullable PooledBackend<?> backend;

  ServedPass(Optional<String> obstacle, Supplier<PooledBackend<?>> opener) {
    this.obstacle = obstacle.orElse(null);
    this.opener = opener;
  }

  /**
   * Why the model cannot run it: a sentence without a full stop that names node and operator. Known
   * without opening anything.
   */
  public Optional<String> obstacle() {
    return Optional.ofNullable(obstacle);
  }

  /**
   * Its backend. The first call opens it and takes a while; callers that come meanwhile wait for
   * the same one. It may be kept and used for as long as the model is open; closing it does
   * nothing. If it was closed to make room for others, this opens it again.
   *
   * @throws IllegalStateException if there is an {@link #obstacle}, which it says
   * @throws dev.sightline.server.engine.EngineException if the engine does not take the network;
   *     the next call tries again
   */
  public Backend backend() {
    if (obstacle != null) {
      throw new IllegalStateException(obstacle);
    }
    PooledBackend<?> known = backend;
    if (known == null) {
      known = opener.get();
      backend = known;
    } else {
      known.open();
    }
    return known;
  }
}
