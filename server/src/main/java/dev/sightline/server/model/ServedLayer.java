package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReceptiveField;
import dev.sightline.v1.SigmaSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A layer that a model can explain. Thread-safe. */
public final class ServedLayer {
  private final Layer layer;
  private final boolean poolingAndLinear;
  private final @Nullable Sigma sigma;
  private final SigmaSource sigmaSource;
  private final Supplier<Backend> opener;
  private volatile @Nullable Backend backend;

  private ServedLayer(
      Layer layer,
      boolean poolingAndLinear,
      @Nullable Sigma sigma,
      SigmaSource sigmaSource,
      Supplier<Backend> opener) {
    this.layer = layer;
    this.poolingAndLinear = poolingAndLinear;
    this.sigma = sigma;
    this.sigmaSource = sigmaSource;
    this.opener = opener;
  }

  /** A layer of a graph, which knows its receptive field. */
  static ServedLayer of(
      Graph graph, String name, @Nullable Sigma measured, Supplier<Backend> opener) {
    return new ServedLayer(
        graph.layer(name),
        graph.poolingAndLinear(name),
        measured == null ? theoretical(graph.receptiveField(name)) : measured,
        measured == null ? SigmaSource.SIGMA_SOURCE_THEORETICAL : SigmaSource.SIGMA_SOURCE_MODEL,
        opener);
  }

  /** The layer of a TorchScript module, which knows a receptive field only if it was measured. */
  static ServedLayer of(
      Layer layer, boolean poolingAndLinear, @Nullable Sigma measured, Supplier<Backend> opener) {
    return new ServedLayer(
        layer,
        poolingAndLinear,
        measured,
        measured == null ? SigmaSource.SIGMA_SOURCE_UNSPECIFIED : SigmaSource.SIGMA_SOURCE_MODEL,
        opener);
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

  /** The standard deviations of its Gaussian, unless nobody knows them. */
  public Optional<Sigma> sigma() {
    return Optional.ofNullable(sigma);
  }

  /**
   * Where the standard deviations come from: model.yaml, or the theoretical receptive field;
   * unspecified if there are none.
   */
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
