package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReceptiveField;
import dev.sightline.v1.SigmaSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A layer that a model can explain. Thread-safe. */
public final class ServedLayer {
  private final Layer layer;
  private final boolean poolingAndLinear;
  private final Sigma sigma;
  private final SigmaSource sigmaSource;
  private final Supplier<Backend> opener;
  private volatile @Nullable Backend backend;

  ServedLayer(Graph graph, String name, @Nullable Sigma measured, Supplier<Backend> opener) {
    layer = graph.layer(name);
    poolingAndLinear = graph.poolingAndLinear(name);
    sigma = measured == null ? theoretical(graph.receptiveField(name)) : measured;
    sigmaSource =
        measured == null ? SigmaSource.SIGMA_SOURCE_THEORETICAL : SigmaSource.SIGMA_SOURCE_MODEL;
    this.opener = opener;
  }

  private static Sigma theoretical(ReceptiveField field) {
    return new Sigma((float) field.sigmaX(), (float) field.sigmaY());
  }

  /** Its name, operator and shape. */
  public Layer layer() {
    return layer;
  }

  /** True if only global average pooling and one linear layer follow, as CAM needs. */
  public boolean poolingAndLinear() {
    return poolingAndLinear;
  }

  /** The standard deviation of its Gaussian along a row, in pixels of the network's input. */
  public float sigmaX() {
    return sigma.x();
  }

  /** The standard deviation of its Gaussian along a column, in pixels of the network's input. */
  public float sigmaY() {
    return sigma.y();
  }

  /** Where the standard deviations come from: model.yaml, or the theoretical receptive field. */
  public SigmaSource sigmaSource() {
    return sigmaSource;
  }

  /**
   * Its backend. The first call opens it and takes a while; callers that come meanwhile wait for
   * the same one. It may be kept and used for as long as the model is open; closing it does
   * nothing.
   *
   * @throws dev.sightline.server.engine.EngineException if the engine does not take the network;
   *     the next call tries again
   */
  public Backend backend() {
    Backend known = backend;
    if (known == null) {
      known = opener.get();
      backend = known;
    }
    return known;
  }
}
