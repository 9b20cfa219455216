package dev.sightline.server.batch;

import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.UnknownLayerException;
import dev.sightline.v1.ModelInput;
import java.util.List;
import java.util.function.Function;

/**
 * A model that can be explained.
 *
 * @param name the name by which options choose it
 * @param description a line about it
 * @param engine the engine and device that it runs on, in words
 * @param input the shape of the network's input
 * @param preprocessing how a picture becomes that input
 * @param classes the number of logits
 * @param labels what its classes are called
 * @param layerNames the layers that can be explained, from the input to the output; at least one
 * @param defaultLayer the one of them that is taken where options name none
 * @param layers gives the layer of one of these names, always the same one; may take a moment when
 *     it is first asked for it. Throws an {@link UnknownLayerException} for any other name
 */
public record Target(
    String name,
    String description,
    String engine,
    InputShape input,
    Preprocessing preprocessing,
    int classes,
    Labels labels,
    List<String> layerNames,
    String defaultLayer,
    Function<String, TargetLayer> layers) {

  /** Keeps its own copy of the names. */
  public Target {
    layerNames = List.copyOf(layerNames);
  }

  /** What the network takes, as the contract tells clients. */
  public ModelInput describeInput() {
    return ModelInput.newBuilder()
        .setChannels(input.channels())
        .setHeight(input.height())
        .setWidth(input.width())
        .setPreprocessing(preprocessing.describe())
        .build();
  }

  /** All layers in the order of their names' list. */
  public List<TargetLayer> allLayers() {
    return layerNames.stream().map(layers).toList();
  }

  /**
   * The layer of that name; the default one for the empty name.
   *
   * @throws UnknownLayerException if there is none of that name that can be explained
   */
  TargetLayer layer(String nameOrEmpty) {
    return layers.apply(nameOrEmpty.isEmpty() ? defaultLayer : nameOrEmpty);
  }
}
