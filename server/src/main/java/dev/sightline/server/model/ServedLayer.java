package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.graph.Layer;
import dev.sightline.v1.SigmaSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A layer that a model can explain. Thread-safe. */
public final class ServedLayer {
  private final Layer layer;
  private final boolean poolingAndLinear;
  private final @Nullable Sigma sigma;
  private final SigmaSource sigmaSource;
  private final ServedPass gradients;
  private final ServedPass expanded;
  private final ServedPass head;

  private ServedLayer(
      Layer layer,
      boolean poolingAndLinear,
      @Nullable Sigma sigma,
      SigmaSource sigmaSource,
      ServedPass gradients,
      ServedPass expanded,
      ServedPass head) {
    this.layer = layer;
    this.poolingAndLinear = poolingAndLinear;
    this.sigma = sigma;
    this.sigmaSource = sigmaSource;
    this.gradients = gradients;
    this.expanded = expanded;
    this.head = head;
  }

  /** A layer of a network, with its measured standard deviations if there are any. */
  static ServedLayer of(
      ServedNetwork network,
      Layer layer,
      @Nullable Sigma measured,
      ServedPass gradients,
      ServedPass expanded,
      ServedPass head) {
    Sigma theoretical = measured == null ? network.theoreticalSigma(layer.name()) : null;
    SigmaSource otherwise =
        theoretical == null
            ? SigmaSource.SIGMA_SOURCE_UNSPECIFIED
            : SigmaSource.SIGMA_SOURCE_THEORETICAL;
    return new ServedLayer(
        layer,
        network.poolingAndLinear(layer.name()),
        measured == null ? theoretical : measured,
        measured == null ? otherwise : SigmaSource.SIGMA_SOURCE_MODEL,
        gradients,
        expanded,
        head);
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
   * Its backend, which gives logits, the layer's activations and gradients with respect to them.
   * The first call opens it and takes a while; callers that come meanwhile wait for the same one.
   * It may be kept and used for as long as the model is open; closing it does nothing.
   *
   * @throws dev.sightline.server.engine.EngineException if the engine does not take the network;
   *     the next call tries again
   */
  public Backend backend() {
    return gradients.backend();
  }

  /**
   * As {@link #backend}, and in the same pass the images as the model's expansion network rebuilds
   * them: {@link dev.sightline.server.engine.PassResult#reconstructions}. Logits, activations and
   * gradients are the same to the last bit. Something is in its way where the model has no
   * expansion network.
   */
  public ServedPass expanded() {
    return expanded;
  }

  /**
   * The part of the network behind the layer alone: its images are the layer's activations N × K ×
   * h × w, its passes have no rows and give logits. Something is in its way where the layer is
   * bypassed.
   */
  public ServedPass head() {
    return head;
  }
}
