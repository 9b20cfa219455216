package dev.sightline.server.graph;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The axes of a reducing, squeezing or unsqueezing node: an attribute in older operator sets, an
 * input in newer ones.
 */
final class Axes {
  private Axes() {}

  /** The axes, counted from the front and sorted; empty if the node names none. */
  static Optional<List<Integer>> of(Node node, int rank, Shapes shapes) {
    return node.integers("axes")
        .or(
            () ->
                node.has(1)
                    ? Optional.of(LongStream.of(shapes.integers(node.input(1))).boxed().toList())
                    : Optional.empty())
        .map(axes -> axes.stream().map(axis -> Shape.axis(axis, rank)).sorted().toList());
  }

  /** Number of axes that a node names. */
  static int count(Node node, Shapes shapes) {
    return node.integers("axes")
        .map(List::size)
        .orElseGet(() -> node.has(1) ? shapes.integers(node.input(1)).length : 0);
  }

  /** The axes of a reduction, which are all axes if the node names none. */
  static List<Integer> reduced(Node node, int rank, Shapes shapes) {
    List<Integer> axes = of(node, rank, shapes).orElse(List.of());
    if (axes.isEmpty() || axes.contains(0)) {
      throw new GraphException("reduces over the batch");
    }
    return axes;
  }
}
