package dev.sightline.server.explain;

/**
 * XGrad-CAM (Fu et al. 2020): M = ReLU(Σ_k a_k A_k), a_k = Σ_ij g_kij A_kij / Σ_ij A_kij, and 0
 * where that sum is 0.
 */
final class XGradCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      double total = e.activationSum(k);
      sums.addActivation(e, k, total == 0 ? 0 : e.productSum(k) / total);
    }
    return sums.rectified();
  }
}
