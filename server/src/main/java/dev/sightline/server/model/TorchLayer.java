package dev.sightline.server.model;

import dev.sightline.server.engine.PassShape;
import dev.sightline.server.engine.TorchBackend;
import dev.sightline.server.graph.Layer;

/**
 * What an open TorchScript module says of itself.
 *
 * @param layer its one layer
 * @param classes the number of its logits
 * @param poolingAndLinear whether its head is pooling and one linear layer
 */
record TorchLayer(Layer layer, int classes, boolean poolingAndLinear) {
  static TorchLayer of(TorchBackend backend) {
    PassShape shape = backend.shape();
    return new TorchLayer(
        new Layer(
            Network.TorchScript.LAYER,
            "TorchScript",
            shape.gridChannels(),
            shape.gridHeight(),
            shape.gridWidth()),
        shape.classes(),
        backend.poolingAndLinear());
  }
}
