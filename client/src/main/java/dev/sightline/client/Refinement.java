package dev.sightline.client;

import dev.sightline.heatmap.GreyPng;
import dev.sightline.heatmap.Plane;
import java.util.List;

/**
 * How {@link Method#HIGH_RES_CAM} came to its map (Tagaris et al. 2019). Immutable; pictures are
 * decoded anew by every call, and throw {@link dev.sightline.heatmap.MalformedHeatmapException} if
 * they are damaged.
 */
public final class Refinement {
  private final dev.sightline.v1.Refinement wire;
  private final int width;
  private final int height;

  Refinement(dev.sightline.v1.Refinement wire, int width, int height) {
    this.wire = wire;
    this.width = width;
    this.height = height;
  }

  /** What became of growing regions from the maxima of Grad-CAM. */
  public enum Outcome {
    /** They grew into an object. */
    GROWN,

    /** They hardly grew; the map falls back to Grad-CAM. */
    COLLAPSED,

    /** They ran over much of the image; the map falls back to Grad-CAM. */
    FLOODED,

    /** Something that this client does not know. */
    UNKNOWN
  }

  /**
   * A step of the method.
   *
   * @param name what it is called, such as "focal points"
   * @param plane its result at the size of the network's input, scaled to [0, 1]
   */
  public record Step(String name, Plane plane) {}

  /** What became of growing. */
  public Outcome outcome() {
    return switch (wire.getOutcome()) {
      case REFINEMENT_OUTCOME_GROWN -> Outcome.GROWN;
      case REFINEMENT_OUTCOME_COLLAPSED -> Outcome.COLLAPSED;
      case REFINEMENT_OUTCOME_FLOODED -> Outcome.FLOODED;
      default -> Outcome.UNKNOWN;
    };
  }

  /**
   * The pixels of the object: 1 within and 0 without, at the size of the network's input; covers
   * the part of the image that the network saw, {@link Explanation#region()}.
   */
  public Plane mask() {
    return GreyPng.read(wire.getMask(), width, height);
  }

  /** All steps in their order; empty unless {@link Options.Builder#refinementSteps} asked. */
  public List<Step> steps() {
    return wire.getStepsList().stream()
        .map(step -> new Step(step.getName(), GreyPng.read(step.getPng(), width, height)))
        .toList();
  }
}
