package dev.sightline.server.explain;

import java.util.function.IntToDoubleFunction;

/**
 * The gradient at the network's input (Simonyan et al. 2013): L = max_c |g_c| over the colour
 * channels c, for evidence of C × H × W. Of another backward pass the same is guided
 * backpropagation (Springenberg et al. 2014) or deconvnet (Zeiler and Fergus 2014). At least 0.
 */
final class InputGradient implements CamMethod {
  @Override
  public float[] map(Evidence e) {
    return strongest(e, i -> e.gradient()[e.gradientOffset() + i]);
  }

  /** max_c |g_c|, where g is given by the index of its element from 0 to C·H·W − 1. */
  static float[] strongest(Evidence e, IntToDoubleFunction gradient) {
    float[] map = new float[e.cells()];
    for (int i = 0; i < e.channels() * map.length; i++) {
      // Math.max lets NaN through.
      int pixel = i % map.length;
      map[pixel] = Math.max(map[pixel], (float) Math.abs(gradient.applyAsDouble(i)));
    }
    return map;
  }
}
