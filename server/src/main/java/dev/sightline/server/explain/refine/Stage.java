package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;

/**
 * What one step made.
 *
 * @param name the step, in a few words, such as {@code "high-res map"}
 * @param picture values from 0 to 1; a step that selects pixels has 1 there and 0 elsewhere
 */
public record Stage(String name, Plane picture) {}
