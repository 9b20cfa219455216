package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;

/**
 * A layer's backend as its users see it: always open. It is held only while a pass runs, so that
 * one that nobody uses can make room, and is opened again by the pass that wants it next.
 */
final class PooledBackend implements Backend {
  private final BackendPool pool;
  private final String layer;
  private final PassShape shape;
  private final int maxBatch;
  private final String description;

  /** Opens the layer's backend if it is not open. */
  PooledBackend(BackendPool pool, String layer) {
    this.pool = pool;
    this.layer = layer;
    record Facts(PassShape shape, int maxBatch, String description) {}
    Facts facts =
        pool.use(
            layer,
            backend -> new Facts(backend.shape(), backend.maxBatch(), backend.description()));
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
  public PassResult run(Pass pass) {
    return pool.use(layer, backend -> backend.run(pass));
  }

  /** Does nothing: the backend belongs to its model. */
  @Override
  public void close() {}
}
