package dev.sightline.server.explain;

/**
 * Eigen-Grad-CAM: {@link EigenCam} of g ⊙ A in place of A, which makes it depend on the class. The
 * sign is still that with which M correlates positively with Σ_k A_k.
 */
final class EigenGradCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    float[] a = e.activation();
    float[] g = e.gradient();
    CellMatrix products =
        CellMatrix.of(e, i -> (double) g[e.gradientOffset() + i] * a[e.activationOffset() + i]);
    CellMatrix activations = CellMatrix.of(e, i -> a[e.activationOffset() + i]);
    return FirstComponent.projection(products, activations.rowSums());
  }
}
