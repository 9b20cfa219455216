package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A graph with an image input of random size, its copy "x" to cut at, random weights and a random
 * linear head.
 */
final class RandomGraph {
  static final int CLASSES = 4;

  final Random random;
  final int channels;
  final int height;
  final int width;
  final GraphBuilder builder = new GraphBuilder("random");
  private int names;

  RandomGraph(Random random) {
    this(random, 2 * (1 + random.nextInt(2)), 5 + random.nextInt(3), 5 + random.nextInt(3));
  }

  RandomGraph(Random random, int channels, int height, int width) {
    this.random = random;
    this.channels = channels;
    this.height = height;
    this.width = width;
    builder.input("input", channels, height, width);
    builder.node("Identity", List.of("input"), "x");
  }

  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return builder.node(operator, inputs, operator.toLowerCase(Locale.ROOT) + names++, attributes);
  }

  /** A node with one input. */
  String node(String operator, String input, AttributeProto... attributes) {
    return node(operator, List.of(input), attributes);
  }

  /** Normally distributed weights that keep the scale of what they are summed over. */
  String weights(long... dims) {
    int size = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    long fan = dims.length > 1 ? size / dims[0] : 1;
    return builder.initializer(
        "weights" + names++,
        GradientCheck.randoms(random, size, 1 / Math.sqrt((double) fan)),
        dims);
  }

  /** Uniform weights between 0.5 and 2, to divide by. */
  String positive(long... dims) {
    int size = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = 0.5f + 1.5f * random.nextFloat();
    }
    return builder.initializer("positive" + names++, values, dims);
  }

  String scalar(float value) {
    return builder.initializer("scalar" + names++, new float[] {value});
  }

  String integers(long... values) {
    return builder.initializer("integers" + names++, values, values.length);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /**
   * Kernel, strides, dilations and pads of a random window that fits an input of the random size.
   */
  AttributeProto[] window(int kernelHeight, int kernelWidth, boolean pads) {
    int[] kernel = {kernelHeight, kernelWidth};
    long[] dilations = new long[2];
    long[] padding = new long[4];
    for (int axis = 0; axis < 2; axis++) {
      dilations[axis] = 2 * (kernel[axis] - 1) < 5 ? 1 + below(2) : 1;
      if (pads) {
        padding[axis] = below(kernel[axis]);
        padding[axis + 2] = below(kernel[axis]);
      }
    }
    return new AttributeProto[] {
      Attributes.integers("kernel_shape", kernelHeight, kernelWidth),
      Attributes.integers("strides", 1 + below(3), 1 + below(3)),
      Attributes.integers("dilations", dilations),
      Attributes.integers("pads", padding)
    };
  }

  /** The shape of a tensor for one frame, found by the loops. */
  int[] shape(String tensor) {
    int[] dims = {1, channels, height, width};
    DoubleTensor zeros = new DoubleTensor(dims, new double[DoubleTensor.size(dims)]);
    DoubleTensor value =
        new DoubleInterpreter(builder.build()).run(Map.of("input", zeros)).get(tensor);
    return value == null ? new int[0] : value.dims();
  }

  /** The model with a random linear layer from the flattened tensor to the logits. */
  ModelProto headed(String tensor) {
    int size = DoubleTensor.size(shape(tensor));
    String flat = node("Flatten", tensor, Attributes.integer("axis", 1));
    builder.node(
        "Gemm",
        List.of(flat, weights(CLASSES, size), weights(CLASSES)),
        "logits",
        Attributes.integer("transB", 1));
    return builder.output("logits", CLASSES).build();
  }
}
