package dev.sightline.server.model.convert;

import java.util.Arrays;

/**
 * A linear layer.
 *
 * @param weights out × in, row-major
 * @param bias one a row
 * @param in columns
 */
record Matrix(float[] weights, float[] bias, int in) {
  Matrix {
    if (weights.length != bias.length * in) {
      throw new ConversionException(
          "%d weights and %d biases are no linear layer of %d inputs"
              .formatted(weights.length, bias.length, in));
    }
  }

  /** Rows. */
  int out() {
    return bias.length;
  }

  /** The matrix without its first rows. */
  Matrix withoutFirst(int rows) {
    if (rows >= out()) {
      throw new ConversionException("of %d classes %d cannot be dropped".formatted(out(), rows));
    }
    return new Matrix(
        Arrays.copyOfRange(weights, rows * in, weights.length),
        Arrays.copyOfRange(bias, rows, bias.length),
        in);
  }

  /** A matrix stored as in × out. */
  static Matrix transposed(float[] weights, float[] bias, int in) {
    return new Matrix(Convolution.fromHwio(weights, 1, 1, in, bias.length), bias, in);
  }
}
