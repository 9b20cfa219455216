package dev.sightline.server.batch;

import dev.sightline.server.explain.Neurons;
import dev.sightline.v1.Cell;
import dev.sightline.v1.Selection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which feature maps and neurons of a layer count (Omeiza et al. 2019, 3.4 to 3.6). */
final class Selections {
  private Selections() {}

  /** The feature maps that have maps of their own; {@link Step.Part#ALL_FILTERS} for one of all. */
  static List<Integer> filters(Selection selection, TargetLayer layer) throws RefusedException {
    if (selection.getFiltersCount() == 0) {
      return List.of(Step.Part.ALL_FILTERS);
    }
    Set<Integer> seen = new HashSet<>();
    for (int filter : selection.getFiltersList()) {
      if (filter < 0 || filter >= layer.channels()) {
        throw invalid(
            "Filter %s was asked for; layer %s has filters 0 to %d."
                .formatted(Integer.toUnsignedString(filter), layer.name(), layer.channels() - 1));
      }
      if (!seen.add(filter)) {
        throw invalid("Filter %d is listed twice.".formatted(filter));
      }
    }
    return selection.getFiltersList();
  }

  /** A flag for each cell of the layer, true for those that count; null if all do. */
  static boolean @Nullable [] kept(Selection selection, TargetLayer layer) throws RefusedException {
    if (selection.getSubsetCount() > Math.max(2, layer.height() * layer.width())) {
      throw invalid(
          "%d cells were given; layer %s has %d x %d."
              .formatted(selection.getSubsetCount(), layer.name(), layer.height(), layer.width()));
    }
    List<Neurons.Cell> cells = selection.getSubsetList().stream().map(Selections::cell).toList();
    if (selection.getRegion() && cells.size() != 2) {
      throw invalid(
          "A region has two corners in subset; %d cells were given.".formatted(cells.size()));
    }
    if (cells.isEmpty()) {
      return null;
    }
    try {
      return selection.getRegion()
          ? Neurons.region(layer.height(), layer.width(), cells.get(0), cells.get(1))
          : Neurons.listed(layer.height(), layer.width(), cells);
    } catch (IllegalArgumentException e) {
      throw invalid("Layer %s: %s".formatted(layer.name(), e.getMessage()));
    }
  }

  private static Neurons.Cell cell(Cell cell) {
    return new Neurons.Cell(Math.max(cell.getRow(), -1), Math.max(cell.getColumn(), -1));
  }

  private static RefusedException invalid(String message) {
    return RefusedException.option("selection", message);
  }
}
