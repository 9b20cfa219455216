package dev.sightline.server.explain;

/**
 * Grad-CAM++ as its authors' code computes it: {@link GradCamPlusPlus} with each channel's α_kij
 * divided by Σ α_kab over the places with g_kab &gt; 0. A channel whose sum is 0 keeps its α.
 */
final class GradCamPlusPlusNormalised implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addActivation(e, k, weight(e, k));
    }
    return sums.rectified();
  }

  private static double weight(Evidence e, int k) {
    float[] gradient = e.gradient();
    int from = e.gradientAt(k);
    double total = e.activationSum(k);
    double weight = 0;
    double alphas = 0;
    for (int i = from; i < from + e.cells(); i++) {
      double g = gradient[i];
      // NaN is not to be taken for "not above zero".
      if (!(g <= 0)) {
        double alpha = GradCamPlusPlus.alpha(g, total);
        weight += alpha * g;
        alphas += alpha;
      }
    }
    return alphas == 0 ? weight : weight / alphas;
  }
}
