package dev.sightline.server.explain;

import dev.sightline.heatmap.Grid;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * Recipro-CAM (Byun and Lee 2022): M_ij = the class's softmax probability of A ⊙ m_ij, m_ij the
 * same for all channels: 1/4 in the cell (i, j), 1/8 in the four beside it, 1/16 in the four at its
 * corners, zero elsewhere.
 *
 * <p>These weights, the binomial 3 × 3 Gaussian, are those of the implementation that its authors'
 * company published (openvinotoolkit/training_extensions, misc/pytorch_toolkit/recipro_cam), as is
 * that the window is cut off at the edges of the grid and not scaled up again there. From 0 to 1.
 */
final class ReciproCam implements PerturbationMethod {
  @Override
  public boolean ofActivation() {
    return true;
  }

  @Override
  public int versions(int channels, int cells, int masks) {
    return cells;
  }

  @Override
  public Perturbation of(Subject subject) {
    return new Windows(subject.activation());
  }

  private record Windows(Evidence e) implements Perturbation {
    @Override
    public int count() {
      return e.cells();
    }

    @Override
    public void write(int index, FloatBuffer into, int offset) {
      Objects.checkIndex(index, count());
      int row = index / e.width();
      int column = index % e.width();
      float[] channel = new float[e.cells()];
      for (int k = 0; k < e.channels(); k++) {
        int from = e.activationAt(k);
        for (int i = Math.max(row - 1, 0); i <= Math.min(row + 1, e.height() - 1); i++) {
          for (int j = Math.max(column - 1, 0); j <= Math.min(column + 1, e.width() - 1); j++) {
            int cell = i * e.width() + j;
            channel[cell] = share(i - row) * share(j - column) * e.activation()[from + cell];
          }
        }
        into.put(offset + k * e.cells(), channel);
      }
    }

    private static float share(int distance) {
      return distance == 0 ? 0.5f : 0.25f;
    }

    @Override
    public Grid map(Scores scores) {
      scores.requireCount(count());
      return new Grid(e.height(), e.width(), scores.probabilities().clone());
    }
  }
}
