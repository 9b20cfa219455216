package dev.sightline.server.explain;

/**
 * Extended-CAM (Kim et al. 2020, Eq. 8): M = Σ_k g_kij A_kij. Signed; its Gaussian upsampling (Eq.
 * 4) is the receiver's.
 */
final class ExtendedCam implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    Sums sums = new Sums(e.cells());
    for (int k = 0; k < e.channels(); k++) {
      sums.addProduct(e, k);
    }
    return sums.signed();
  }
}
