package dev.sightline.server.explain;

import dev.sightline.heatmap.Plane;
import java.util.Arrays;
import java.util.List;

/**
 * How the maps of several layers become one, at pixel level. Each is scaled to [0, 1] first, so
 * that no layer outweighs another by the size of its numbers.
 */
public enum Fusion {
  /** The mean of the scaled maps, as pytorch-grad-cam fuses layers. */
  MEAN,
  /**
   * The largest of the scaled maps at every pixel, as LayerCAM fuses layers (Jiang et al. 2021,
   * §3.3), but without the tanh by which it lifts its shallow layers.
   */
  MAX;

  /**
   * Fuses maps.
   *
   * @param planes at least one, all of one size
   * @return values from 0 to 1, with an array of its own; NaN throughout if a plane has a NaN or an
   *     infinity, as it has no scale then
   * @throws IllegalArgumentException if there is no plane, or one of another size
   */
  public Plane of(List<Plane> planes) {
    if (planes.isEmpty()) {
      throw new IllegalArgumentException("no plane to fuse");
    }
    Plane first = planes.get(0);
    double[] fused = new double[first.values().length];
    for (Plane plane : planes) {
      if (plane.height() != first.height() || plane.width() != first.width()) {
        throw new IllegalArgumentException(
            "planes of %d x %d and %d x %d"
                .formatted(first.height(), first.width(), plane.height(), plane.width()));
      }
      float[] scaled = scaled(plane);
      for (int i = 0; i < fused.length; i++) {
        fused[i] = this == MAX ? Math.max(fused[i], scaled[i]) : fused[i] + scaled[i];
      }
    }
    float[] values = new float[fused.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (this == MAX ? fused[i] : fused[i] / planes.size());
    }
    return new Plane(first.height(), first.width(), values);
  }

  private static float[] scaled(Plane plane) {
    if (Float.isFinite(plane.min()) && Float.isFinite(plane.max())) {
      return plane.normalised().values();
    }
    float[] unknown = new float[plane.values().length];
    Arrays.fill(unknown, Float.NaN);
    return unknown;
  }
}
