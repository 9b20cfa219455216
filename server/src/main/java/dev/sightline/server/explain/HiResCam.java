package dev.sightline.server.explain;

/** HiResCAM (Draelos and Carin 2020): M = ReLU(Σ_k g_kij A_kij). */
final class HiResCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addProduct(e, k);
    }
    return sums.rectified();
  }
}
