package dev.sightline.server.model.convert;

/**
 * A convolution's weights.
 *
 * @param kernel out × in/groups × window rows × window columns, row-major
 * @param bias one a map that comes out
 * @param in channels that go in
 * @param groups 1, or the number of channels of a depthwise convolution
 * @param window the window
 */
record Convolution(float[] kernel, float[] bias, int in, int groups, Window window) {
  Convolution {
    int perMap = groups < 1 ? 0 : in / groups * window.height() * window.width();
    if (groups < 1 || in % groups != 0 || kernel.length != bias.length * perMap) {
      throw new ConversionException(
          "a kernel of %d weights and %d biases is no convolution of %d channels in %d groups"
              .formatted(kernel.length, bias.length, in, groups));
    }
  }

  /** Channels that come out. */
  int out() {
    return bias.length;
  }

  /** True if it mixes channels and looks at one place, so that it is a matrix. */
  boolean isPointwise() {
    return groups == 1 && window.height() == 1 && window.width() == 1;
  }

  /** Reorders a kernel of out × rows × columns × in. */
  static float[] fromOhwi(float[] kernel, int out, int height, int width, int in) {
    float[] result = new float[kernel.length];
    int to = 0;
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        for (int place = 0; place < height * width; place++) {
          result[to++] = kernel[(o * height * width + place) * in + i];
        }
      }
    }
    return result;
  }

  /** Reorders a kernel of rows × columns × in × out; a depthwise one has 1 for in. */
  static float[] fromHwio(float[] kernel, int height, int width, int in, int out) {
    float[] result = new float[kernel.length];
    int to = 0;
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        for (int place = 0; place < height * width; place++) {
          result[to++] = kernel[(place * in + i) * out + o];
        }
      }
    }
    return result;
  }

  /**
   * This convolution followed by a batch normalisation, as one: w' = w · s, b' = (b − mean) · s +
   * beta with s = gamma / √(variance + epsilon), computed in double precision.
   */
  Convolution then(Normalisation normalisation) {
    double[] scale = normalisation.scale();
    double[] shift = normalisation.shift();
    float[] scaled = new float[kernel.length];
    float[] shifted = new float[bias.length];
    int perMap = kernel.length / bias.length;
    for (int o = 0; o < bias.length; o++) {
      for (int k = o * perMap; k < (o + 1) * perMap; k++) {
        scaled[k] = (float) (kernel[k] * scale[o]);
      }
      shifted[o] = (float) (bias[o] * scale[o] + shift[o]);
    }
    return new Convolution(scaled, shifted, in, groups, window);
  }
}
