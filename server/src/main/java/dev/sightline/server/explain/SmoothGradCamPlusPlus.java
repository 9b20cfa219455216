package dev.sightline.server.explain;

/**
 * Smooth Grad-CAM++ (Omeiza et al. 2019): M = ReLU(Σ_k a_k A_k), a_k = Σ_ij α_kij ReLU(D1_kij),
 * α_kij = D2 / (2 D2 + (Σ_ab A_kab) D3), with D1, D2, D3 the averages of g, g² and g³ over noisy
 * inputs and A from the clean one. α = 0 where D2 or the denominator is 0.
 *
 * <p>Without averages it is {@link GradCamPlusPlus}, the paper's n = 0.
 */
final class SmoothGradCamPlusPlus implements CamMethod {
  private static final CamMethod CLEAN = new GradCamPlusPlus();

  @Override
  public float[] map(Evidence e) {
    Moments moments = e.moments();
    if (moments == null || moments.count() == 0) {
      return CLEAN.map(e);
    }
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addActivation(e, k, weight(e, moments, k));
    }
    return sums.rectified();
  }

  private static double weight(Evidence e, Moments moments, int k) {
    int from = k * e.cells();
    double total = e.activationSum(k);
    double weight = 0;
    for (int i = from; i < from + e.cells(); i++) {
      double mean = moments.first(i);
      // NaN is not to be taken for "not above zero". A mean above zero has D2 > 0.
      if (!(mean <= 0)) {
        weight += GradCamPlusPlus.alpha(moments.third(i) / moments.second(i), total) * mean;
      }
    }
    return weight;
  }
}
