package dev.sightline.server.batch;

import dev.sightline.server.explain.Fusion;
import dev.sightline.server.explain.Neurons;
import dev.sightline.server.explain.Technique;
import dev.sightline.server.image.InputShape;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map that each class of an image is to have.
 *
 * @param method the method
 * @param technique how it comes to its map
 * @param parts the one place that it is about, or the layers that are fused
 * @param fusion how several parts become one; null for one part
 * @param kernel how the map's grid becomes pixels
 */
record Step(
    Method method, Technique technique, List<Part> parts, @Nullable Fusion fusion, Kernel kernel) {

  /**
   * A place that a map is about.
   *
   * @param layer the target layer; null for a method that has none
   * @param filter the only feature map that counts; {@link #ALL_FILTERS} if all do
   * @param kept the neurons that count, one flag a cell; null if all do
   * @param kernel how the grid of this place becomes pixels
   */
  record Part(@Nullable TargetLayer layer, int filter, boolean @Nullable [] kept, Kernel kernel) {
    static final int ALL_FILTERS = -1;

    /** The same place of the mirror image. */
    Part mirrored() {
      return kept == null || layer == null
          ? this
          : new Part(layer, filter, Neurons.mirrored(kept, layer.width()), kernel);
    }

    /** The layer's name; empty if it has none. */
    String layerName() {
      return layer == null ? "" : layer.name();
    }
  }

  /** The same map of the mirror image, which is to be mirrored back. */
  Step mirrored() {
    return new Step(method, technique, parts.stream().map(Part::mirrored).toList(), fusion, kernel);
  }

  /** Cells of its grid, which at pixel level is as fine as the network's input. */
  long cells(InputShape input) {
    TargetLayer layer = parts.get(0).layer();
    return fusion != null || technique.pixelLevel() || layer == null
        ? (long) input.height() * input.width()
        : (long) layer.height() * layer.width();
  }
}
