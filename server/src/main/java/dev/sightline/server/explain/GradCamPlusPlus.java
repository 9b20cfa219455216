package dev.sightline.server.explain;

/**
 * Grad-CAM++ (Chattopadhay et al. 2018): M = ReLU(Σ_k a_k A_k), a_k = Σ_ij α_kij ReLU(g_kij), α_kij
 * = g_kij² / (2 g_kij² + (Σ_ab A_kab) g_kij³), and α = 0 where g or the denominator is 0.
 *
 * <p>The paper derives it for Y = exp(y_c); the common factor exp(y_c) only scales M and is left
 * out. There is no epsilon in the denominator.
 */
final class GradCamPlusPlus implements CamMethod {
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
    for (int i = from; i < from + e.cells(); i++) {
      double g = gradient[i];
      // NaN is not to be taken for "not above zero".
      if (!(g <= 0)) {
        weight += alpha(g, total) * g;
      }
    }
    return weight;
  }

  /**
   * α where g &gt; 0, the only place that counts. There it is 1 / (2 + g · ΣA): equal to the
   * paper's form, but without squares of small numbers.
   */
  static double alpha(double g, double activationSum) {
    double denominator = 2 + g * activationSum;
    return denominator == 0 ? 0 : 1 / denominator;
  }
}
