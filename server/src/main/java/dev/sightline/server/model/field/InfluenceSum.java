package dev.sightline.server.model.field;

import dev.sightline.server.image.InputShape;

/**
 * Averages Σ_c |∂y/∂x_c| over images, as Kim et al. 2020, §4.1 do: the magnitude at each pixel, its
 * colour channels added. Not thread-safe.
 */
final class InfluenceSum {
  private final InputShape input;
  private final double[] sums;
  private final double[] squares;
  private int images;

  /** Nothing yet, for images of this shape. */
  InfluenceSum(InputShape input) {
    this.input = input;
    this.sums = new double[input.height() * input.width()];
    this.squares = new double[sums.length];
  }

  /** Adds an image's gradient, C × H × W. */
  void add(float[] gradient) {
    for (int i = 0; i < sums.length; i++) {
      double magnitude = 0;
      for (int c = 0; c < input.channels(); c++) {
        magnitude += Math.abs(gradient[c * sums.length + i]);
      }
      sums[i] += magnitude;
      squares[i] += magnitude * magnitude;
    }
    images++;
  }

  int images() {
    return images;
  }

  /** The average of what was added, which is at least one image. */
  Influence mean() {
    double[] means = new double[sums.length];
    double[] variances = new double[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = sums[i] / images;
      if (images > 1) {
        double ofOneImage = (squares[i] - sums[i] * means[i]) / (images - 1);
        variances[i] = Math.max(0, ofOneImage) / images;
      }
    }
    return new Influence(input.height(), input.width(), means, variances, images);
  }
}
