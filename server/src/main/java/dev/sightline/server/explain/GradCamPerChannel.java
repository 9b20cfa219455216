package dev.sightline.server.explain;

/**
 * Grad-CAM in its per-channel form: M = ReLU(Σ_k ReLU(a_k) A_k), a_k = (1/Z) Σ_ij g_kij. Channels
 * that speak against the class are left out instead of subtracted.
 */
final class GradCamPerChannel implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addActivation(e, k, Math.max(e.gradientSum(k) / e.cells(), 0));
    }
    return sums.rectified();
  }
}
