package dev.sightline.server.model.convert;

/**
 * A batch normalisation with the statistics of its training: y = gamma · (x − mean) / √(variance +
 * epsilon) + beta, one value a channel.
 */
record Normalisation(float[] gamma, float[] beta, float[] mean, float[] variance, double epsilon) {

  Normalisation {
    int channels = mean.length;
    if (gamma.length != channels || beta.length != channels || variance.length != channels) {
      throw new ConversionException(
          "a batch normalisation of %d means, %d variances, %d gammas and %d betas"
              .formatted(channels, variance.length, gamma.length, beta.length));
    }
  }

  int channels() {
    return mean.length;
  }

  /** Factor a channel: gamma / √(variance + epsilon). */
  double[] scale() {
    double[] scale = new double[channels()];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
    }
    return scale;
  }

  /** What is added after the factor: beta − mean · scale. */
  double[] shift() {
    double[] shift = scale();
    for (int c = 0; c < shift.length; c++) {
      shift[c] = beta[c] - mean[c] * shift[c];
    }
    return shift;
  }
}
