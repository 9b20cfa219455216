package dev.sightline.server.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Finds the layer that is explained where none is named: the last that still knows its places. */
final class LastMap {
  /** Operators behind which there is another map than the last convolutional one. */
  private static final Set<String> ENDS =
      Set.of("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool");

  /** Operators that give the map before them another form only. */
  static final Set<String> PASSED =
      Set.of("Identity", "Dropout", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Pad", "Slice");

  private final Network network;
  private final Places places;
  private final Map<String, List<Node>> consumers;
  private final Map<String, Node> producers;

  LastMap(Network network, Places places) {
    this.network = network;
    this.places = places;
    this.consumers = network.consumers();
    this.producers = Network.producers(network.nodes());
  }

  /**
   * Follows the last convolution through what keeps places apart: normalisation, activation,
   * residual sum, gate, attention.
   */
  Optional<Layer> find(List<Layer> layers) {
    return layers.stream()
        .filter(layer -> layer.operator().equals("Conv"))
        .reduce((first, second) -> second)
        .map(conv -> last(layers, conv));
  }

  private Layer last(List<Layer> layers, Layer conv) {
    Set<String> after = after(conv.name());
    return layers.stream()
        .filter(layer -> after.contains(layer.name()) && !conv.equals(layer))
        .filter(this::isMap)
        .reduce(conv, (first, second) -> second);
  }

  private Set<String> after(String conv) {
    Set<String> after = new HashSet<>(Set.of(conv));
    for (Node node : network.carryingNodes()) {
      if (!ENDS.contains(node.operator()) && node.inputs().stream().anyMatch(after::contains)) {
        after.addAll(node.outputs());
      }
    }
    return after;
  }

  private boolean isMap(Layer layer) {
    Node producer =
        Network.beforeBytes(Objects.requireNonNull(producers.get(layer.name())), producers);
    boolean sameMap =
        PASSED.contains(producer.operator()) && places.of(producer.input(0)).isPresent();
    return !sameMap && countsByItsPlaces(layer);
  }

  /**
   * False for tokens of which only the class token is read any more, but for what does the same to
   * every token: their gradient is zero.
   */
  private boolean countsByItsPlaces(Layer layer) {
    Place place = places.of(layer.name()).orElseThrow();
    return place.skipped() == 0
        || consumers.getOrDefault(layer.name(), List.of()).stream()
            .anyMatch(
                node ->
                    places.of(node.output()).isEmpty()
                        && !readsClassTokens(node, layer.name(), place));
  }

  private boolean readsClassTokens(Node node, String tensor, Place place) {
    Shapes shapes = network.shapes();
    return switch (node.operator()) {
      case "Gather" ->
          node.integer("axis", 0) == 1
              && java.util.Arrays.stream(shapes.integers(node.input(1)))
                  .allMatch(index -> index >= 0 && index < place.skipped());
      case "Slice" -> {
        Slices cut = Slices.of(node, shapes.shape(tensor), shapes);
        yield cut.at(1, Math.max(0, cut.lengths()[1] - 1)) < place.skipped();
      }
      // The statistics of each token, as a normalisation is written in operators.
      case "ReduceMean", "Sub" -> true;
      default -> false;
    };
  }
}
