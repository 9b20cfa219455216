package dev.sightline.server.model.expansion;

import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.DecoderConvolution;
import dev.sightline.server.graph.DecoderStage;
import java.util.Random;

/**
 * The units in which a decoder is trained: each channel that it takes and each that it gives as if
 * it had mean 0 and standard deviation 1, whatever a classifier's activations are like. The decoder
 * itself, and so the file that is written, takes and gives values as they are: the parameters that
 * are trained are changed to its own by {@link #weights}, and its gradient to theirs by {@link
 * #gradient}.
 *
 * @param taken moments of the tensors that the decoder takes, in its order
 * @param given moments of the network's input, which it rebuilds
 */
record Standards(Moments[] taken, Moments given) {

  /** Parameters to begin with, of which the decoder is neither loud nor silent (He et al. 2015). */
  static float[] initial(Decoder decoder, long seed) {
    Random random = new Random(seed);
    float[] trained = new float[decoder.parameters()];
    for (DecoderStage stage : decoder.stages()) {
      // What comes from below and what comes from the side are added: each has half the variance.
      boolean both = stage.up() != null && stage.skip() != null;
      if (stage.up() != null) {
        fill(trained, stage.up(), both ? 1 : 2, random);
      }
      if (stage.skip() != null) {
        fill(trained, stage.skip(), both ? 1 : 2, random);
      }
      fill(trained, stage.mix(), 2, random);
    }
    fill(trained, decoder.last(), 0.1, random);
    return trained;
  }

  private static void fill(
      float[] trained, DecoderConvolution convolution, double variance, Random random) {
    int inputs = convolution.in() * convolution.kernel() * convolution.kernel();
    double deviation = Math.sqrt(variance / inputs);
    for (int i = convolution.offset(); i < convolution.biases(); i++) {
      trained[i] = (float) (deviation * random.nextGaussian());
    }
  }

  /** True if these are measured on the same tensors, but for rounding. */
  boolean near(Standards others) {
    boolean near = given.near(others.given) && taken.length == others.taken.length;
    for (int i = 0; near && i < taken.length; i++) {
      near = taken[i].near(others.taken[i]);
    }
    return near;
  }

  /** The decoder's own parameters, of those that are trained. */
  float[] weights(Decoder decoder, float[] trained) {
    float[] weights = trained.clone();
    int tensor = 0;
    for (DecoderStage stage : decoder.stages()) {
      if (stage.skip() != null) {
        take(stage.skip(), taken[tensor++], weights);
      }
    }
    DecoderConvolution last = decoder.last();
    int inputs = last.weights() / last.out();
    for (int o = 0; o < last.out(); o++) {
      for (int i = 0; i < inputs; i++) {
        weights[last.offset() + o * inputs + i] *= given.deviation(o);
      }
      int bias = last.biases() + o;
      weights[bias] = weights[bias] * given.deviation(o) + given.mean(o);
    }
    return weights;
  }

  private static void take(DecoderConvolution skip, Moments moments, float[] weights) {
    for (int o = 0; o < skip.out(); o++) {
      double bias = weights[skip.biases() + o];
      for (int i = 0; i < skip.in(); i++) {
        int at = skip.offset() + o * skip.in() + i;
        weights[at] /= moments.deviation(i);
        bias -= (double) weights[at] * moments.mean(i);
      }
      weights[skip.biases() + o] = (float) bias;
    }
  }

  /** Changes the gradient of the decoder's own parameters to that of the trained ones, in place. */
  void gradient(Decoder decoder, float[] gradient) {
    int tensor = 0;
    for (DecoderStage stage : decoder.stages()) {
      DecoderConvolution skip = stage.skip();
      if (skip == null) {
        continue;
      }
      Moments moments = taken[tensor++];
      for (int o = 0; o < skip.out(); o++) {
        for (int i = 0; i < skip.in(); i++) {
          int at = skip.offset() + o * skip.in() + i;
          double centred = gradient[at] - (double) moments.mean(i) * gradient[skip.biases() + o];
          gradient[at] = (float) (centred / moments.deviation(i));
        }
      }
    }
    DecoderConvolution last = decoder.last();
    int inputs = last.weights() / last.out();
    for (int i = last.offset(); i < last.biases(); i++) {
      gradient[i] *= given.deviation((i - last.offset()) / inputs);
    }
    for (int o = 0; o < last.out(); o++) {
      gradient[last.biases() + o] *= given.deviation(o);
    }
  }
}
