package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * RISE (Petsiuk et al. 2018): L = Σ_n p_c(x ⊙ m_n) m_n / (N · E[m]) at pixel level, with p_c the
 * class's softmax probability. It reads no layer.
 *
 * <p>The masks are the paper's: see {@link RiseMasks}. E[m] is 1/2. A masked pixel is zero after
 * preprocessing: the mean colour, where the model's preprocessing subtracts it. At least 0.
 */
final class Rise implements PerturbationMethod {
  @Override
  public boolean ofActivation() {
    return false;
  }

  @Override
  public boolean readsActivation() {
    return false;
  }

  @Override
  public int versions(int channels, int cells, int masks) {
    return masks;
  }

  @Override
  public Perturbation of(Subject subject) {
    return new Masked(subject, new RiseMasks(subject.height(), subject.width(), subject.seed()));
  }

  private record Masked(Subject subject, RiseMasks masks) implements Perturbation {
    @Override
    public int count() {
      return subject.masks();
    }

    @Override
    public void write(int index, FloatBuffer into, int offset) {
      Objects.checkIndex(index, count());
      subject.writeMasked(masks.mask(index), into, offset);
    }

    @Override
    public Grid map(Scores scores) {
      scores.requireCount(count());
      double[] sums = masks.weightedSum(scores.probabilities());
      float[] map = new float[sums.length];
      for (int i = 0; i < map.length; i++) {
        map[i] = (float) (sums[i] / (count() * RiseMasks.MEAN));
      }
      return new Grid(masks.height(), masks.width(), map);
    }
  }
}
