package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * Ablation-CAM (Desai and Ramaswamy 2020): M = ReLU(Σ_k w_k A_k), w_k = (y_c − y_c^k) / y_c, with
 * y_c^k the class's logit where A_k is set to zero.
 *
 * <p>The equation is taken as it is printed: where y_c is negative, its sign turns all weights
 * around. Where y_c is 0, the weights are their numerators (<i>choice</i>); elsewhere the size of
 * y_c only scales M.
 */
final class AblationCam implements PerturbationMethod {
  @Override
  public boolean ofActivation() {
    return true;
  }

  @Override
  public int versions(int channels, int cells, int masks) {
    return channels;
  }

  @Override
  public Perturbation of(Subject subject) {
    return new Ablated(subject.activation());
  }

  private record Ablated(Evidence e) implements Perturbation {
    @Override
    public int count() {
      return e.channels();
    }

    @Override
    public void write(int index, FloatBuffer into, int offset) {
      Objects.checkIndex(index, count());
      into.put(offset, e.activation(), e.activationOffset(), e.channels() * e.cells());
      into.put(offset + index * e.cells(), new float[e.cells()]);
    }

    @Override
    public Grid map(Scores scores) {
      scores.requireCount(count());
      double clean = scores.cleanLogit();
      Sums sums = new Sums(e.cells());
      for (int k = 0; k < count(); k++) {
        double lost = clean - scores.logits()[k];
        sums.addActivation(e, k, clean == 0 ? lost : lost / clean);
      }
      return new Grid(e.height(), e.width(), sums.rectified());
    }
  }
}
