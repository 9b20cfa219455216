package dev.sightline.server.batch;

import dev.sightline.server.explain.Gradients;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.Technique;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.UnknownLayerException;
import dev.sightline.v1.Method;
import dev.sightline.v1.ModelInput;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
 * @param layerNames the layers that can be explained, from the input to the output; none if an
 *     operator behind all of them cannot be differentiated
 * @param defaultLayer the one of them that is taken where options name none; empty if there is none
 * @param layers gives the layer of one of these names, always the same one; may take a moment when
 *     it is first asked for it. Throws an {@link UnknownLayerException} for any other name
 * @param toInput gives the passes that differentiate to the input, by anything but {@link
 *     Gradients#OF_LAYER}; always the same ones
 * @param scores where images wait for their logits alone
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
    Function<String, TargetLayer> layers,
    Function<Gradients, Passage> toInput,
    Lane scores) {

  /** Keeps its own copy of the names. */
  public Target {
    layerNames = List.copyOf(layerNames);
  }

  /** Tells whether the engine fails on the model. */
  public Breaker breaker() {
    return scores.breaker();
  }

  /** What keeps it open. */
  public ReferenceCount references() {
    return scores.references();
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

  /** The methods that one of its layers can give, in the order of their numbers. */
  public List<Method> methods(TargetLayer layer) {
    return known(Technique::ofLayer).filter(method -> obstacle(method, layer).isEmpty()).toList();
  }

  /** The methods that it can give without a target layer, in the order of their numbers. */
  public List<Method> methods() {
    return known(how -> !how.ofLayer()).filter(method -> obstacle(method, null).isEmpty()).toList();
  }

  private static Stream<Method> known(Predicate<Technique> which) {
    return Stream.of(Method.values())
        .filter(method -> Methods.of(method).filter(which).isPresent());
  }

  /**
   * Why it cannot give a method that the server knows, in a sentence without its full stop.
   *
   * @param layer the target layer, for methods that have one
   */
  Optional<String> obstacle(Method method, @Nullable TargetLayer layer) {
    Technique how = Methods.of(method).orElseThrow();
    for (Gradients gradients : how.reads()) {
      if (gradients != Gradients.OF_LAYER) {
        Optional<String> obstacle = toInput.apply(gradients).obstacle();
        if (obstacle.isPresent()) {
          return obstacle;
        }
      }
    }
    if (layer == null) {
      return Optional.empty();
    }
    if (Methods.needsPoolingAndLinear(method) && !layer.poolingAndLinear()) {
      return Optional.of(
          "it needs a layer that only global average pooling and one linear layer follow, and "
              + layer.name()
              + " is none");
    }
    if (how.readsRebuilt() && layer.rebuilt().obstacle().isPresent()) {
      return layer.rebuilt().obstacle();
    }
    return how.altersActivation() ? layer.head().obstacle() : Optional.empty();
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
