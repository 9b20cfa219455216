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
   * @return its map is not finite where the low-resolution map is not, which is refined as zero
   *     there
   */
  public Refinement refine(Evidence evidence, Rebuilt rebuilt, RefineSettings settings) {
    Grid low = new Grid(evidence.height(), evidence.width(), cam.map(evidence));
    float[] wide = Bilinear.expand(low, rebuilt.height(), rebuilt.width());
    Grid finite = new Grid(rebuilt.height(), rebuilt.width(), wide).finite();
    Refinement refinement =
        HighResCam.refine(
            new Plane(finite.height(), finite.width(), finite.values()),
            rebuilt.highResolution(),
            settings);
    for (int i = 0; i < wide.length; i++) {
      if (!Float.isFinite(wide[i])) {
        refinement.map().values()[i] = wide[i];
      }
    }
    return refinement;
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
