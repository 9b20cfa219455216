package dev.sightline.server.explain;

/** Grad-CAM (Selvaraju et al. 2017): M = ReLU(Σ_k a_k A_k), a_k = (1/Z) Σ_ij g_kij. */
final class GradCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addActivation(e, k, e.gradientSum(k) / e.cells());
    }
    return sums.rectified();
  }
}
