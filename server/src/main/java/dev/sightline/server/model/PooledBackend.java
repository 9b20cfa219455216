package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;

/**
 * A backend as its users see it: always open. It is held only while a pass runs, so that one that
 * nobody uses can make room, and is opened again by the pass that wants it next.
 *
 * @param <K> what tells the pool's backends apart
 */
final class PooledBackend<K> implements Backend {
  private final BackendPool<K> pool;
  private final K kind;
  private final PassShape shape;
  private final int maxBatch;
  private final String description;

  /** Opens the backend if it is not open. */
  PooledBackend(BackendPool<K> pool, K kind) {
    this.pool = pool;
    this.kind = kind;
    record Facts(PassShape shape, int maxBatch, String description) {}
    Facts facts =
        pool.use(
            kind, backend -> new Facts(backend.shape(), backend.maxBatch(), backend.description()));
    shape = facts.shape();
    maxBatch = facts.maxBatch();
    description = facts.description();
  }

  @Override
  public PassShape shape() {
    return shape;
  }

  @Override
  public int maxBatch() {
    return maxBatch;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean ready() {
    return pool.isOpen(kind);
  }

  /** Opens the backend again if it was closed to make room. */
  void open() {
    pool.use(kind, backend -> backend);
  }

  @Override
  public PassResult run(Pass pass, PassBuffers buffers) {
    return pool.use(kind, backend -> backend.run(pass, buffers));
  }

  /** Does nothing: the backend belongs to its model. */
  @Override
  public void close() {}
}
