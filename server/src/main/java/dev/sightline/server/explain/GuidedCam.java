package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.util.Set;

/**
 * Guided Grad-CAM (Selvaraju et al. 2017): L = guided backpropagation ⊙ Grad-CAM, the latter
 * upsampled bilinearly to the network's input.
 *
 * <p>The paper multiplies every colour channel of the guided gradient; as our maps have one
 * channel, that of the largest absolute value is taken, as for guided backpropagation alone
 * (<i>choice</i>). Grad-CAM is not scaled before, which would scale L alone.
 *
 * @param pixels from evidence of {@link Gradients#GUIDED}
 * @param cam from evidence of {@link Gradients#OF_LAYER}
 */
public record GuidedCam(CamMethod pixels, CamMethod cam) implements Technique {

  /**
   * The product.
   *
   * @param pixels guided backpropagation, H × W
   * @param cam Grad-CAM, h × w
   * @return H × W raw values, at least zero where both maps are
   */
  public static Grid product(Grid pixels, Grid cam) {
    float[] wide = Bilinear.expand(cam, pixels.height(), pixels.width());
    for (int i = 0; i < wide.length; i++) {
      wide[i] *= pixels.values()[i];
    }
    return new Grid(pixels.height(), pixels.width(), wide);
  }

  @Override
  public Set<Gradients> reads() {
    return Set.of(Gradients.OF_LAYER, Gradients.GUIDED);
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
}
