package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.graph.Layer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a model in service asks of its network, in whichever form that is. */
interface ServedNetwork {
  /** The number of its logits. */
  int classes();

  /** The layers that can be explained, from the input to the output. */
  List<Layer> layers();

  /**
   * A layer by its name.
   *
   * @throws UnknownLayerException if it cannot be explained
   */
  Layer layer(String name);

  /** True if only global average pooling and one linear layer follow. */
  boolean poolingAndLinear(String layer);

  /** The standard deviations of a layer's Gaussian as its windows give them, if they are known. */
  @Nullable Sigma theoreticalSigma(String layer);

  /** What is in the way of a kind of pass; nothing for the layers that can be explained. */
  Optional<String> obstacle(PassKind kind);

  /** Opens a kind of pass that nothing is in the way of; the caller closes it. */
  Backend open(PassKind kind);
}
