package dev.sightline.server.model.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sightline.server.model.convert.KerasModel.Layer;
import java.util.Arrays;

/**
 * The numbers of a Keras model's layers: weights in ONNX's order, windows and paddings.
 *
 * @param model where the weights are
 */
record KerasSettings(KerasModel model) {
  /** The weights of a Conv2D. */
  Convolution convolution(Layer layer, FeatureMap in) {
    Window window = window(layer, in);
    int out = layer.integer("filters", 0);
    if (layer.integer("groups", 1) != 1) {
      throw new ConversionException(layer.described() + " in groups is not supported");
    }
    float[] kernel =
        model.weight(layer, "kernel", window.height(), window.width(), in.channels(), out);
    return new Convolution(
        Convolution.fromHwio(kernel, window.height(), window.width(), in.channels(), out),
        bias(layer, out),
        in.channels(),
        1,
        window);
  }

  /** The weights of a DepthwiseConv2D. */
  Convolution depthwise(Layer layer, FeatureMap in) {
    Window window = window(layer, in);
    int multiplier = layer.integer("depth_multiplier", 1);
    int out = in.channels() * multiplier;
    float[] kernel =
        model.weight(
            layer, "depthwise_kernel", window.height(), window.width(), in.channels(), multiplier);
    return new Convolution(
        Convolution.fromHwio(kernel, window.height(), window.width(), 1, out),
        bias(layer, out),
        in.channels(),
        in.channels(),
        window);
  }

  /** The statistics of a BatchNormalization. */
  Normalisation normalisation(Layer layer, int channels) {
    JsonNode axis = layer.config().path("axis");
    int over = axis.isArray() ? axis.path(0).asInt() : axis.asInt(-1);
    if (over != -1 && over != 3) {
      throw new ConversionException(
          "%s over axis %d is not supported, only over channels"
              .formatted(layer.described(), over));
    }
    return new Normalisation(
        layer.config().path("scale").asBoolean(true)
            ? model.weight(layer, "gamma", channels)
            : constant(channels, 1),
        layer.config().path("center").asBoolean(true)
            ? model.weight(layer, "beta", channels)
            : constant(channels, 0),
        model.weight(layer, "moving_mean", channels),
        model.weight(layer, "moving_variance", channels),
        layer.config().path("epsilon").asDouble(1e-3));
  }

  /** The weights of a Dense layer of so many inputs. */
  Matrix matrix(Layer layer, int in) {
    int out = layer.integer("units", 0);
    return Matrix.transposed(model.weight(layer, "kernel", in, out), bias(layer, out), in);
  }

  /** The zeros of a ZeroPadding2D. */
  static Padding padding(Layer layer) {
    JsonNode pads = layer.config().path("padding");
    if (pads.isArray() && pads.path(0).isArray()) {
      return new Padding(
          pads.get(0).path(0).asInt(),
          pads.path(1).path(0).asInt(),
          pads.get(0).path(1).asInt(),
          pads.path(1).path(1).asInt());
    }
    int[] both = layer.pair("padding", 1);
    return new Padding(both[0], both[1], both[0], both[1]);
  }

  /** The window of a MaxPooling2D or AveragePooling2D. */
  static Window pooling(Layer layer, FeatureMap in) {
    int[] size = layer.pair("pool_size", 2);
    int[] strides = layer.config().path("strides").isNull() ? size : layer.pair("strides", size[0]);
    Window window = Window.valid(size[0], size[1], strides[0], strides[1]);
    return isSame(layer) ? window.same(in.height(), in.width()) : window;
  }

  private static Window window(Layer layer, FeatureMap in) {
    int[] size = layer.pair("kernel_size", 0);
    int[] strides = layer.pair("strides", 1);
    int[] dilation = layer.pair("dilation_rate", 1);
    Window window =
        Window.valid(size[0], size[1], strides[0], strides[1]).dilated(dilation[0], dilation[1]);
    return isSame(layer) ? window.same(in.height(), in.width()) : window;
  }

  private static boolean isSame(Layer layer) {
    return switch (layer.text("padding", "valid")) {
      case "valid" -> false;
      case "same" -> true;
      default ->
          throw new ConversionException(
              "%s has the padding '%s', which is not supported"
                  .formatted(layer.described(), layer.text("padding", "")));
    };
  }

  private float[] bias(Layer layer, int out) {
    return layer.config().path("use_bias").asBoolean(true)
        ? model.weight(layer, "bias", out)
        : constant(out, 0);
  }

  private static float[] constant(int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return values;
  }
}
