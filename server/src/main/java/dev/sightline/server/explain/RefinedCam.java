package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.explain.refine.HighResCam;
import dev.sightline.server.explain.refine.RefineSettings;
import dev.sightline.server.explain.refine.Refinement;
import java.util.Set;

/**
 * High-Resolution CAM (Tagaris et al. 2019): a low-resolution map, refined by the shapes of the
 * image as an expansion network rebuilds it from the network's own features.
 *
 * @param cam the low-resolution map, of evidence of {@link Gradients#OF_LAYER}
 */
public record RefinedCam(CamMethod cam) implements Technique {

  /**
   * The refined map.
   *
   * @param evidence of the target layer
   * @param rebuilt what the expansion network gives, C × H × W
   * @param settings what the paper leaves open
   */
  public Refinement refine(Evidence evidence, Rebuilt rebuilt, RefineSettings settings) {
    Grid low = new Grid(evidence.height(), evidence.width(), cam.map(evidence));
    Grid finite = low.finite();
    Plane wide =
        new Plane(
            rebuilt.height(),
            rebuilt.width(),
            Bilinear.expand(finite, rebuilt.height(), rebuilt.width()));
    return HighResCam.refine(wide, rebuilt.highResolution(), settings);
  }

  @Override
  public Set<Gradients> reads() {
    return Set.of(Gradients.OF_LAYER);
  }

  @Override
  public boolean ofLayer() {
    return true;
  }

  @Override
  public boolean pixelLevel() {
    return true;
  }

  @Override
  public boolean altersActivation() {
    return false;
  }

  @Override
  public boolean readsRebuilt() {
    return true;
  }
}
