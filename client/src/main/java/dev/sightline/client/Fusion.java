package dev.sightline.client;

/**
 * How the maps of several layers become one, at pixel level: each is expanded to the network's
 * input and scaled to [0, 1] first.
 */
public enum Fusion {
  /** Their mean. */
  MEAN(dev.sightline.v1.Fusion.FUSION_MEAN),

  /** The largest of them at each pixel (Jiang et al. 2021). */
  MAX(dev.sightline.v1.Fusion.FUSION_MAX);

  private final dev.sightline.v1.Fusion wire;

  Fusion(dev.sightline.v1.Fusion wire) {
    this.wire = wire;
  }

  /** The fusion as the protocol names it. */
  public dev.sightline.v1.Fusion toProto() {
    return wire;
  }
}
