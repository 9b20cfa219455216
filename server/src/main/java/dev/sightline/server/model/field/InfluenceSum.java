package dev.sightline.server.model.field;

import dev.sightline.server.image.InputShape;

/**
 * Sums Σ_c |∂y/∂x_c| over images, as Kim et al. 2020, §4.1 do: the magnitude at each pixel, its
 * colour channels added, the images averaged. Not thread-safe.
 */
final class InfluenceSum {
  private final InputShape input;
  private final double[] sums;
  private int images;

  /** Nothing yet, for images of this shape. */
  InfluenceSum(InputShape input) {
    this.input = input;
    this.sums = new double[input.height() * input.width()];
  }

  /** Adds an image's gradient, C × H × W. */
  void add(float[] gradient) {
    for (int i = 0; i < input.size(); i++) {
      sums[i % sums.length] += Math.abs(gradient[i]);
    }
    images++;
  }

  int images() {
    return images;
  }

  /** The average of what was added, which is at least one image. */
  Influence mean() {
    double[] mean = new double[sums.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = sums[i] / images;
    }
    return new Influence(input.height(), input.width(), mean, images);
  }
}
