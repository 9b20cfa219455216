package dev.sightline.server.batch;

import dev.sightline.heatmap.Expansion;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.explain.measure.Box;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.MapRegion;
import dev.sightline.v1.Method;
import dev.sightline.v1.Region;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds where maps are strong.
 *
 * @param asked the share of a map's range at which it is cut; 0 means what is usual for its method
 */
record Localiser(double asked) {

  /** As options ask for it; null if they do not. */
  static @Nullable Localiser of(ExplainOptions options) throws RefusedException {
    if (!options.hasLocalisation()) {
      return null;
    }
    float threshold = options.getLocalisation().getThreshold();
    if (!(threshold >= 0 && threshold <= 1)) {
      throw RefusedException.option(
          "localisation",
          "localisation.threshold is %s; it must be above 0 and at most 1.".formatted(threshold));
    }
    return new Localiser(threshold);
  }

  /**
   * The region of a map; nothing if all its values are equal.
   *
   * @param grid finite or not; what is not finite counts as zero
   * @param kernel how the grid becomes pixels of the network's input
   * @param covered the part of the image that the network saw
   */
  Optional<MapRegion> region(Method method, Grid grid, Kernel kernel, Region covered) {
    double threshold =
        asked > 0 ? asked : dev.sightline.server.explain.measure.Region.usualThreshold(method);
    int width = kernel.getInputWidth();
    int height = kernel.getInputHeight();
    Plane map = Expansion.expand(grid.finite(), kernel, width, height).normalised();
    float acrossX = covered.getWidth() / width;
    float acrossY = covered.getHeight() / height;
    return dev.sightline.server.explain.measure.Region.of(map, threshold)
        .map(
            found ->
                MapRegion.newBuilder()
                    .setBox(box(found.box(), covered, acrossX, acrossY))
                    .setArea(found.area() * acrossX * acrossY)
                    .setScore((float) found.score())
                    .setThreshold((float) threshold)
                    .build());
  }

  private static Region box(Box box, Region covered, float acrossX, float acrossY) {
    return Region.newBuilder()
        .setX(covered.getX() + (float) box.left() * acrossX)
        .setY(covered.getY() + (float) box.top() * acrossY)
        .setWidth((float) (box.right() - box.left()) * acrossX)
        .setHeight((float) (box.bottom() - box.top()) * acrossY)
        .build();
  }
}
