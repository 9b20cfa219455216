package dev.sightline.server.explain;

/**
 * Eigen-CAM (Muhammad and Yeasin 2020): M = the projection of A on its first principal component.
 * Signed, and the same for every class.
 *
 * <p>Our choices: A is the matrix of h·w observations of K variables, centred per channel over the
 * cells as principal component analysis does, so that M sums to zero. The component's sign is that
 * with which M correlates positively with Σ_k A_k. An A that is the same in every cell gives zeros.
 * A NaN or an infinity anywhere makes all of M NaN, as every cell depends on every other.
 */
final class EigenCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    CellMatrix cells = CellMatrix.of(e, i -> e.activation()[e.activationOffset() + i]);
    return FirstComponent.projection(cells, cells.rowSums());
  }
}
