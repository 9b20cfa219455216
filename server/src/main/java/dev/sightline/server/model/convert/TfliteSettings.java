package dev.sightline.server.model.convert;

import dev.sightline.server.model.convert.TfliteFile.Operator;
import dev.sightline.server.model.convert.TfliteFile.Options;
import dev.sightline.server.model.convert.TfliteFile.Tensor;
import java.util.Arrays;

/**
 * The numbers of a TensorFlow Lite file's operators: weights in ONNX's order, windows, paddings and
 * fused activations. Options are named by the numbers of their fields in the schema.
 *
 * @param file where they are
 */
record TfliteSettings(TfliteFile file) {
  /** The weights of a CONV_2D. */
  Convolution convolution(Operator operator, FeatureMap in) {
    Tensor kernel = constant(operator, 1, 4);
    int[] shape = kernel.shape();
    return new Convolution(
        Convolution.fromOhwi(kernel.floats(), shape[0], shape[1], shape[2], shape[3]),
        bias(operator, shape[0]),
        shape[3],
        1,
        window(operator, shape, 4, in));
  }

  /** The weights of a DEPTHWISE_CONV_2D. */
  Convolution depthwise(Operator operator, FeatureMap in) {
    Tensor kernel = constant(operator, 1, 4);
    int[] shape = kernel.shape();
    return new Convolution(
        Convolution.fromHwio(kernel.floats(), shape[1], shape[2], 1, shape[3]),
        bias(operator, shape[3]),
        in.channels(),
        in.channels(),
        window(operator, shape, 5, in));
  }

  /** The weights of a FULLY_CONNECTED. */
  Matrix matrix(Operator operator) {
    Tensor weights = constant(operator, 1, 2);
    if (operator.options().octet(1, 0) != 0) {
      throw new ConversionException("tensor '%s' has shuffled weights".formatted(weights.name()));
    }
    int rows = weights.shape()[0];
    return new Matrix(weights.floats(), bias(operator, rows), weights.shape()[1]);
  }

  /** The zeros of a PAD. */
  Padding padding(Operator operator) {
    int[] pads = constant(operator, 1, 2).integers();
    if (pads.length != 8 || pads[0] != 0 || pads[1] != 0 || pads[6] != 0 || pads[7] != 0) {
      throw new ConversionException(
          "PAD by %s is not supported, only of rows and columns".formatted(Arrays.toString(pads)));
    }
    return new Padding(pads[2], pads[4], pads[3], pads[5]);
  }

  /** The window of an AVERAGE_POOL_2D or MAX_POOL_2D. */
  static Window pooling(Operator operator, FeatureMap in) {
    Options options = operator.options();
    Window window =
        Window.valid(
            options.integer(4, 0),
            options.integer(3, 0),
            options.integer(2, 0),
            options.integer(1, 0));
    return padded(window, options, in);
  }

  /** The activation that an operator applies last; the field differs from operator to operator. */
  Activation fused(Operator operator, int field) {
    return switch (operator.options().octet(field, 0)) {
      case 0 -> Activation.NONE;
      case 1 -> Activation.RELU;
      case 3 -> Activation.RELU6;
      default ->
          throw new ConversionException(
              "operator %s, which makes tensor '%s', has the fused activation %d, which is not"
                      .formatted(
                          operator.name(),
                          file.tensor(operator.output()).name(),
                          operator.options().octet(field, 0))
                  + " supported");
    };
  }

  /** A constant input of an operator. */
  Tensor constant(Operator operator, int index, int rank) {
    int tensor = index < operator.inputs().length ? operator.inputs()[index] : -1;
    if (tensor < 0
        || !file.tensor(tensor).isConstant()
        || file.tensor(tensor).shape().length != rank) {
      throw new ConversionException(
          "operator %s, which makes tensor '%s', wants a constant of rank %d as input %d"
              .formatted(operator.name(), file.tensor(operator.output()).name(), rank, index));
    }
    return file.tensor(tensor);
  }

  /** A convolution's window; its dilation along a row is in the given field, and the other next. */
  private static Window window(Operator operator, int[] kernel, int dilation, FeatureMap in) {
    Options options = operator.options();
    Window window =
        Window.valid(kernel[1], kernel[2], options.integer(2, 1), options.integer(1, 1))
            .dilated(options.integer(dilation + 1, 1), options.integer(dilation, 1));
    return padded(window, options, in);
  }

  private static Window padded(Window window, Options options, FeatureMap in) {
    return switch (options.octet(0, 0)) {
      case 0 -> window.same(in.height(), in.width());
      case 1 -> window;
      default -> throw new ConversionException("padding %d".formatted(options.octet(0, 0)));
    };
  }

  private float[] bias(Operator operator, int out) {
    boolean given = operator.inputs().length > 2 && operator.inputs()[2] >= 0;
    return given ? constant(operator, 2, 1).floats() : new float[out];
  }
}
