package dev.sightline.server.explain;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;

/** An input of C × H × W and the activation at it, and the versions that a method makes of them. */
final class RandomSubject {
  private static final int OFFSET = 7;
  final RandomEvidence evidence;
  final Subject subject;

  RandomSubject(int channels, int[] input, int[] grid, long seed) {
    evidence = new RandomEvidence(channels, grid[0], grid[1], seed);
    Random random = new Random(seed);
    float[] values = new float[input[0] * input[1] * input[2]];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    subject = new Subject(values, input[0], input[1], input[2], evidence.evidence(), 40, seed);
  }

  /** x as [c][y][x]. */
  double[][][] input() {
    return cut(subject.input(), 0, subject.channels(), subject.height(), subject.width());
  }

  /** Version n as it is written into a buffer that was full of something else. */
  static double[][][] version(Perturbation versions, int n, int channels, int height, int width) {
    float[] buffer = new float[channels * height * width + 2 * OFFSET];
    Arrays.fill(buffer, Float.NaN);
    FloatBuffer into = FloatBuffer.wrap(buffer);
    versions.write(n, into, OFFSET);
    if (into.position() != 0
        || !Float.isNaN(buffer[OFFSET - 1])
        || !Float.isNaN(buffer[buffer.length - OFFSET])) {
      throw new AssertionError("written outside of its place");
    }
    return cut(buffer, OFFSET, channels, height, width);
  }

  private static double[][][] cut(float[] values, int offset, int channels, int height, int width) {
    double[][][] cut = new double[channels][height][width];
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

  /** Any function that is not linear, in place of the network's logit. */
  static double logit(double[][][] tensor) {
    double logit = 0.3;
    int n = 0;
    for (double[][] channel : tensor) {
      for (double[] row : channel) {
        for (double value : row) {
          logit += Math.sin(++n) * Math.tanh(value);
        }
      }
    }
    return logit;
  }

  static double probability(double[][][] tensor) {
    return 1 / (1 + Math.exp(-logit(tensor)));
  }

  /** The scores of all versions and of the clean tensor. */
  static Scores scores(Perturbation versions, double[][][] clean) {
    float[] logits = new float[versions.count()];
    float[] probabilities = new float[versions.count()];
    for (int n = 0; n < logits.length; n++) {
      double[][][] version =
          version(versions, n, clean.length, clean[0].length, clean[0][0].length);
      logits[n] = (float) logit(version);
      probabilities[n] = (float) probability(version);
    }
    return new Scores(logits, probabilities, (float) logit(clean));
  }
}
