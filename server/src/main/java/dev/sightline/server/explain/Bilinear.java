package dev.sightline.server.explain;

import dev.sightline.heatmap.Expansion;
import dev.sightline.heatmap.Grid;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Upsampling;

/** Bilinear upsampling, as {@link Expansion} defines it. */
final class Bilinear {
  private static final Kernel KERNEL =
      Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build();

  private Bilinear() {}

  /** height·width values of the caller's own. */
  static float[] expand(Grid grid, int height, int width) {
    return Expansion.expand(grid, KERNEL, width, height).values();
  }
}
