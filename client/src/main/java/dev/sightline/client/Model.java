package dev.sightline.client;

import java.util.List;
import java.util.Optional;

/**
 * A model in full.
 *
 * @param summary its name, description and number of classes
 * @param inputChannels channels of the network's input: 3 or 1
 * @param inputHeight rows of the network's input
 * @param inputWidth columns of the network's input
 * @param preprocessing how a pixel becomes a number, in words
 * @param labels one per class in the order of the logits
 * @param layers the layers that can be explained, from the input to the output; none where the
 *     network cannot be differentiated
 * @param defaultLayer the layer that is taken where options name none; empty where there is none
 * @param engine the engine and device that it runs on
 * @param methods the methods that it can give without a target layer, of those that this client
 *     knows
 */
public record Model(
    ModelSummary summary,
    int inputChannels,
    int inputHeight,
    int inputWidth,
    String preprocessing,
    List<String> labels,
    List<Layer> layers,
    String defaultLayer,
    String engine,
    List<Method> methods) {

  public Model {
    labels = List.copyOf(labels);
    layers = List.copyOf(layers);
    methods = List.copyOf(methods);
  }

  /**
   * The layer of that name; empty stands for the default layer.
   *
   * @return nothing if there is no such layer
   */
  public Optional<Layer> layer(String name) {
    String sought = name.isEmpty() ? defaultLayer : name;
    return layers.stream().filter(layer -> layer.name().equals(sought)).findFirst();
  }

  static Model of(dev.sightline.v1.Model wire) {
    return new Model(
        ModelSummary.of(wire.getSummary()),
        wire.getInput().getChannels(),
        wire.getInput().getHeight(),
        wire.getInput().getWidth(),
        wire.getInput().getPreprocessing(),
        wire.getLabelsList(),
        wire.getLayersList().stream().map(Layer::of).toList(),
        wire.getDefaultLayer(),
        wire.getEngine(),
        Method.known(wire.getMethodsList()));
  }
}
