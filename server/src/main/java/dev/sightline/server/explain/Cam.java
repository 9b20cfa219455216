package dev.sightline.server.explain;

/**
 * Class activation mapping (Zhou et al. 2016): M = Σ_k w_k A_k with w_k the weight of the one
 * linear layer behind global average pooling. Behind such a head g_kij = w_k / Z everywhere, so w_k
 * = Σ_ij g_kij. Signed.
 */
final class Cam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addActivation(e, k, e.gradientSum(k));
    }
    return sums.signed();
  }
}
