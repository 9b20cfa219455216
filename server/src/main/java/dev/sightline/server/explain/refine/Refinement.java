package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;
import java.util.List;

/**
 * A refined map.
 *
 * @param map H x W values from 0 to 1, the largest 1; all zeros if the low-resolution map was
 *     constant
 * @param mask H·W, row by row: the pixels of the map at or above the threshold of the settings, the
 *     object; not copied
 * @param outcome whether the map was refined, or is the low-resolution one
 * @param stages what each step made, in order; empty unless the settings ask for them
 */
public record Refinement(Plane map, boolean[] mask, Outcome outcome, List<Stage> stages) {

  /** Copies the list. */
  public Refinement {
    stages = List.copyOf(stages);
  }
}
