package dev.sightline.server.batch;

import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import java.util.List;
import java.util.Optional;

/**
 * A model that can be explained.
 *
 * @param name the name by which options choose it
 * @param description a line about it
 * @param engine the engine and device that it runs on, in words
 * @param input the shape of the network's input
 * @param preprocessing how a picture becomes that input
 * @param classes the number of logits
 * @param labelled whether the classes have labels of their own
 * @param names the classes by name
 * @param layers the layers that can be explained, from the input to the output; at least one
 * @param defaultLayer the one that is taken where options name none
 */
public record Target(
    String name,
    String description,
    String engine,
    InputShape input,
    Preprocessing preprocessing,
    int classes,
    boolean labelled,
    ClassNames names,
    List<TargetLayer> layers,
    TargetLayer defaultLayer) {

  /** Keeps its own copy of the layers. */
  public Target {
    layers = List.copyOf(layers);
  }

  /** The layer of that name; the default one for the empty name. */
  Optional<TargetLayer> layer(String layerName) {
    if (layerName.isEmpty()) {
      return Optional.of(defaultLayer);
    }
    return layers.stream().filter(layer -> layer.name().equals(layerName)).findFirst();
  }
}
