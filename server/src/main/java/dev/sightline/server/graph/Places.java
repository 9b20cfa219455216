package dev.sightline.server.graph;

import dev.sightline.server.graph.Place.Order;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors are grids of feature maps and how they hold them, followed from the image through
 * every operator that keeps places apart: the tokens of a transformer are a grid as the maps of a
 * convolution are.
 */
final class Places {
  private static final Set<String> WINDOWED =
      Set.of("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool");

  private final Shapes shapes;
  private final Set<String> seeing;
  private final Map<String, Place> places = new HashMap<>();
  private final Set<Place> known = new HashSet<>();

  private Places(Shapes shapes, Set<String> seeing) {
    this.shapes = shapes;
    this.seeing = seeing;
  }

  static Places of(Network network) {
    String input = network.input().name();
    Places places = new Places(network.shapes(), network.dependents(input));
    places.put(input, Place.of(Order.MAPS, network.shapes().shape(input)));
    for (Node node : network.carryingNodes()) {
      String output = node.output();
      if (places.seeing.contains(output)
          && network.shapes().knows(output)
          && network.shapes().shape(output).batched()) {
        Place place = places.of(node, network.shapes().shape(output));
        if (place != null) {
          places.put(output, place);
        }
      }
    }
    return places;
  }

  /** How a tensor holds a grid of more than one cell; empty if it is none. */
  Optional<Place> of(String tensor) {
    return Optional.ofNullable(places.get(tensor)).filter(Place::hasSeveralCells);
  }

  private void put(String tensor, Place place) {
    places.put(tensor, place);
    known.add(place);
  }

  private @Nullable Place of(Node node, Shape out) {
    List<Place> from = node.inputs().stream().map(places::get).filter(Objects::nonNull).toList();
    if (WINDOWED.contains(node.operator())) {
      return out.rank() == 4 ? Place.of(Order.MAPS, out) : null;
    }
    Place first = from.isEmpty() ? null : from.get(0);
    Place place =
        switch (node.operator()) {
          case "Transpose" -> first == null ? null : transposed(node, first);
          case "Reshape", "Flatten", "Squeeze", "Unsqueeze" ->
              first == null ? null : reshaped(first, out);
          case "MatMul" -> first == null ? null : projected(node, first, out);
          case "Slice", "Pad" -> first == null ? null : cut(node, first, out);
          default -> kept(from, out);
        };
    return place != null ? place : recognised(out);
  }

  private static @Nullable Place transposed(Node node, Place from) {
    Shape shape = from.shape();
    List<Integer> perm = ShapeRules.permutation(node, shape.rank());
    Order order =
        switch (from.order()) {
          case MAPS -> perm.equals(List.of(0, 2, 3, 1)) ? Order.CHANNELS_LAST : null;
          case CHANNELS_LAST -> perm.equals(List.of(0, 3, 1, 2)) ? Order.MAPS : null;
          case ROWS_JOINED -> perm.equals(List.of(0, 2, 1)) ? Order.TOKENS : null;
          case TOKENS ->
              perm.equals(List.of(0, 2, 1)) && from.skipped() == 0 ? Order.ROWS_JOINED : null;
        };
    return order == null ? null : from.in(order);
  }

  private static @Nullable Place reshaped(Place from, Shape out) {
    List<Order> orders =
        from.order() == Order.MAPS || from.order() == Order.ROWS_JOINED
            ? List.of(Order.MAPS, Order.ROWS_JOINED)
            : List.of(Order.CHANNELS_LAST, Order.TOKENS);
    return orders.stream()
        .filter(order -> from.skipped() == 0 || order == from.order())
        .map(from::in)
        .filter(place -> place.shape().equals(out))
        .findFirst()
        .orElse(null);
  }

  /** A linear layer over the channels of each cell. */
  private @Nullable Place projected(Node node, Place from, Shape out) {
    boolean channelsLast = from.order() == Order.CHANNELS_LAST || from.order() == Order.TOKENS;
    boolean constant = !seeing.contains(node.input(1));
    Place place = from.withChannels(out.dim(out.rank() - 1));
    return channelsLast && constant && place.shape().equals(out) ? place : null;
  }

  private @Nullable Place cut(Node node, Place from, Shape out) {
    if (from.order() == Order.MAPS || from.order() == Order.CHANNELS_LAST) {
      return Place.of(from.order(), out);
    }
    if (from.order() == Order.ROWS_JOINED || out.dim(2) != from.channels()) {
      return null;
    }
    Shape in = from.shape();
    long before =
        node.operator().equals("Pad")
            ? ShapeRules.pads(node, in.rank(), shapes)[1]
            : -Slices.of(node, in, shapes).starts()[1];
    Place place = from.after(Math.max(0, from.skipped() + before));
    return from.skipped() + before >= 0 && place.shape().equals(out) ? place : null;
  }

  /** Operators that keep every value at its place, and those that join maps. */
  private static @Nullable Place kept(List<Place> from, Shape out) {
    Optional<Place> same = from.stream().filter(place -> place.shape().equals(out)).findFirst();
    if (same.isPresent()) {
      return same.get();
    }
    boolean fourAxes = out.rank() == 4 && !from.isEmpty();
    for (Order order : List.of(Order.MAPS, Order.CHANNELS_LAST)) {
      if (fourAxes && from.stream().allMatch(place -> place.order() == order)) {
        return Place.of(order, out);
      }
    }
    return null;
  }

  /** What comes back from windows or groups in the very shape of an earlier grid is one again. */
  private @Nullable Place recognised(Shape out) {
    if (out.rank() != 4) {
      return null;
    }
    for (Order order : List.of(Order.MAPS, Order.CHANNELS_LAST)) {
      Place place = Place.of(order, out);
      if (known.contains(place)) {
        return place;
      }
    }
    return null;
  }
}
