package dev.sightline.server.explain;

import java.util.Random;

/**
 * Evidence such as networks give: rectified activations with channels that are dead, signed
 * gradients with zeros among them, both somewhere inside larger arrays.
 */
final class RandomEvidence {
  private static final int OFFSET = 5;
  private final Evidence evidence;

  RandomEvidence(int channels, int height, int width, long seed) {
    Random random = new Random(seed);
    int cells = height * width;
    float[] activation = new float[channels * cells + 2 * OFFSET];
    float[] gradient = new float[channels * cells + 3 * OFFSET];
    for (int i = 0; i < activation.length; i++) {
      boolean dead = (i - OFFSET) / cells % 3 == 1;
      activation[i] = dead ? 0 : (float) Math.max(0, 4 * random.nextGaussian());
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = random.nextInt(4) == 0 ? 0 : (float) (0.3 * random.nextGaussian());
    }
    evidence = new Evidence(activation, OFFSET, gradient, 2 * OFFSET, channels, height, width);
  }

  Evidence evidence() {
    return evidence;
  }

  Evidence withGradientConstantOverEachChannel() {
    for (int k = 0; k < evidence.channels(); k++) {
      int from = evidence.gradientAt(k);
      for (int i = from; i < from + evidence.cells(); i++) {
        evidence.gradient()[i] = evidence.gradient()[from];
      }
    }
    return evidence;
  }

  /** A as [k][i][j]. */
  double[][][] activation() {
    return cut(evidence.activation(), OFFSET);
  }

  /** g as [k][i][j]. */
  double[][][] gradient() {
    return cut(evidence.gradient(), 2 * OFFSET);
  }

  private double[][][] cut(float[] values, int offset) {
    double[][][] cut = new double[evidence.channels()][evidence.height()][evidence.width()];
    int at = offset;
    for (double[][] channel : cut) {
      for (double[] row : channel) {
        for (int j = 0; j < row.length; j++) {
          row[j] = values[at++];
        }
      }
    }
    return cut;
  }
}
