package dev.sightline.server.explain;

/**
 * SmoothGrad (Smilkov et al. 2017): L = max_c |mean of g_c over noisy inputs|, for evidence of the
 * network's input. Without noisy inputs it is {@link InputGradient}. At least 0.
 */
final class SmoothGrad implements CamMethod {
  private static final CamMethod CLEAN = new InputGradient();

  @Override
  public float[] map(Evidence e) {
    Moments moments = e.moments();
    if (moments == null || moments.count() == 0) {
      return CLEAN.map(e);
    }
    return InputGradient.strongest(e, moments::first);
  }
}
