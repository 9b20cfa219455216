package dev.sightline.server.explain;

/** LayerCAM (Jiang et al. 2021): M = ReLU(Σ_k ReLU(g_kij) A_kij). */
final class LayerCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addRectifiedProduct(e, k);
    }
    return sums.rectified();
  }
}
