package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * Score-CAM (Wang et al. 2020): M = ReLU(Σ_k w_k A_k), w the softmax over k of the class's logit of
 * x ⊙ m_k, m_k the map A_k upsampled bilinearly to H × W and scaled to [0, 1].
 *
 * <p>The paper subtracts the logit of a baseline from every score; the softmax does not see it. Our
 * choices: a constant map, a dead channel's above all, masks everything; m_k is scaled after it was
 * upsampled.
 */
final class ScoreCam implements PerturbationMethod {
  @Override
  public boolean ofActivation() {
    return false;
  }

  @Override
  public int versions(int channels, int cells, int masks) {
    return channels;
  }

  @Override
  public Perturbation of(Subject subject) {
    return new Masked(subject, subject.activation());
  }

  private record Masked(Subject subject, Evidence e) implements Perturbation {
    @Override
    public int count() {
      return e.channels();
    }

    @Override
    public void write(int index, FloatBuffer into, int offset) {
      Objects.checkIndex(index, count());
      int height = subject.height();
      int width = subject.width();
      float[] wide = Bilinear.expand(e.activationMap(index), height, width);
      subject.writeMasked(new Plane(height, width, wide).normalised().values(), into, offset);
    }

    @Override
    public Grid map(Scores scores) {
      scores.requireCount(count());
      double[] weights = Softmax.of(scores.logits());
      Sums sums = new Sums(e.cells());
      for (int k = 0; k < weights.length; k++) {
        sums.addActivation(e, k, weights[k]);
      }
      return new Grid(e.height(), e.width(), sums.rectified());
    }
  }
}
