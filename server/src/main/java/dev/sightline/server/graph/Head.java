package dev.sightline.server.graph;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What lies between a layer and the logits. */
final class Head {
  /** Operators that change no number. */
  static final Set<String> RESHAPING =
      Set.of("Identity", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze");

  private enum Stage {
    LAYER,
    POOLED,
    SCORED
  }

  private final Network network;
  private final Map<String, List<Node>> consumers;

  Head(Network network) {
    this.network = network;
    this.consumers = network.consumers();
  }

  /**
   * True if it is global average pooling, then one linear layer, and nothing else but changes of
   * shape.
   */
  boolean poolingAndLinear(String layer) {
    String tensor = layer;
    Stage stage = Stage.LAYER;
    while (!tensor.equals(network.logits())) {
      List<Node> next = consumers.getOrDefault(tensor, List.of());
      if (next.size() != 1) {
        return false;
      }
      Node node = next.get(0);
      if (!node.standard()) {
        return false;
      }
      if (stage == Stage.LAYER && averages(node)) {
        stage = Stage.POOLED;
      } else if (stage == Stage.POOLED && linear(node, tensor)) {
        stage = Stage.SCORED;
      } else if (!keeps(node, tensor, stage)) {
        return false;
      }
      tensor = node.output();
    }
    return stage == Stage.SCORED;
  }

  /**
   * What keeps the part behind a layer from being run alone: a node that also takes what comes from
   * the image by another way, or tokens of the layer that have no place on its grid.
   */
  Optional<String> bypass(String layer, Place place) {
    if (place.skipped() > 0) {
      return Optional.of(
          "it is bypassed: its first %s no place on the grid, as a class token"
              .formatted(place.skipped() == 1 ? "token has" : place.skipped() + " tokens have"));
    }
    Set<String> seeing = network.dependents(network.input().name());
    Set<String> behind = network.dependents(layer);
    for (Node node : network.carryingNodes()) {
      boolean joins = behind.contains(node.output()) && !node.outputs().contains(layer);
      for (String input : node.inputs()) {
        if (joins && seeing.contains(input) && !behind.contains(input)) {
          return Optional.of(
              "it is bypassed: %s takes '%s' too, which comes from the image by another way"
                  .formatted(node, input));
        }
      }
    }
    return Optional.empty();
  }

  private boolean averages(Node node) {
    Shape in = network.shapes().shape(node.input(0));
    return in.maps()
        && switch (node.operator()) {
          case "GlobalAveragePool" -> true;
          case "ReduceMean" ->
              Axes.reduced(node, in.rank(), network.shapes()).equals(List.of(2, 3));
          case "AveragePool" ->
              Window.of(node, in, node.integers("kernel_shape").orElse(List.of())).wholeInput();
          default -> false;
        };
  }

  private boolean linear(Node node, String tensor) {
    if (!node.input(0).equals(tensor) || !constant(node, 1)) {
      return false;
    }
    return switch (node.operator()) {
      case "Gemm" -> !node.has(2) || constant(node, 2);
      case "MatMul" -> true;
      case "Conv" -> {
        Shape in = network.shapes().shape(tensor);
        yield node.integer("group", 1) == 1 && in.elements() == in.dim(1);
      }
      default -> false;
    };
  }

  /**
   * True for a node that leaves pooled values or scores what they are, but for a constant added to
   * scores.
   */
  private boolean keeps(Node node, String tensor, Stage stage) {
    if (RESHAPING.contains(node.operator())) {
      return stage != Stage.LAYER || Set.of("Identity", "Dropout").contains(node.operator());
    }
    if (node.operator().equals("Transpose")) {
      Shape in = network.shapes().shape(tensor);
      return stage != Stage.LAYER && in.dims().stream().filter(dim -> dim > 1).count() <= 1;
    }
    int other = node.inputs().size() == 2 && node.input(0).equals(tensor) ? 1 : 0;
    return node.operator().equals("Add") && stage == Stage.SCORED && constant(node, other);
  }

  private boolean constant(Node node, int input) {
    return node.has(input) && !network.shapes().shape(node.input(input)).batched();
  }
}
