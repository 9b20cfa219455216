package dev.sightline.server.graph;

/**
 * A convolution of a {@link Decoder}: of stride one, with a bias and as much padding as keeps the
 * size of the maps.
 *
 * @param name its name in the written graph
 * @param in channels that it takes
 * @param out channels that it gives
 * @param kernel rows and columns of its kernel, an odd number
 * @param offset where its weights out × in × kernel × kernel begin among the decoder's parameters;
 *     its out biases follow them
 */
public record DecoderConvolution(String name, int in, int out, int kernel, int offset) {

  /** The number of its weights, without the biases. */
  public int weights() {
    return out * in * kernel * kernel;
  }

  /** Where its biases begin among the decoder's parameters. */
  public int biases() {
    return offset + weights();
  }

  /** Where the parameters of the next convolution begin. */
  public int end() {
    return biases() + out;
  }
}
