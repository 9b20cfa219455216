package dev.sightline.server.model.convert;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sightline.server.model.convert.KerasModel.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Converts a Keras layers model (channels last, as TensorFlow.js stores it) to ONNX.
 *
 * <p>Understood are Conv2D, DepthwiseConv2D, BatchNormalization, Dense, Activation and ReLU, Add
 * and Concatenate, MaxPooling2D, AveragePooling2D and GlobalAveragePooling2D, ZeroPadding2D,
 * Flatten, Reshape of a vector, and Dropout. A batch normalisation that alone follows a convolution
 * is folded into it, and so are zeros in front of one; a softmax may stand at the end and is left
 * out. Tensors keep the names of their layers.
 */
public final class KerasImporter {
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout");
  private static final Set<String> AFTER_LOGITS =
      Set.of("Activation", "Softmax", "Flatten", "Reshape");
  private static final Set<String> RESERVED =
      Set.of(NetworkWriter.INPUT, NetworkWriter.LOGITS, "zero", "six");

  private final KerasModel model;
  private final NetworkWriter network;
  private final Layer head;
  private final Map<String, FeatureMap> maps = new HashMap<>();

  private KerasImporter(KerasModel model, String name) {
    this.model = model;
    network = new NetworkWriter(name);
    head = beforeSoftmax(model.layer(model.output()));
  }

  /**
   * Converts a model.
   *
   * @param modelJson the file model.json; the weights lie beside it
   * @param name the name of the ONNX graph
   * @return a model of operator set 17 with the input "input" and the output "logits"
   * @throws ConversionException if the files are damaged or hold something that is not understood,
   *     which the message names
   * @throws IOException if they cannot be read
   */
  public static ModelProto convert(Path modelJson, String name) throws IOException {
    return new KerasImporter(KerasModel.read(modelJson), name).convert();
  }

  private ModelProto convert() {
    for (Layer layer : model.layers()) {
      if (!maps.containsKey(layer.name())) {
        write(layer);
      }
    }
    return network.finish(map(head.name()));
  }

  /** The layer that makes the logits: the last one before softmax and what only reshapes. */
  private Layer beforeSoftmax(Layer layer) {
    boolean passes =
        WITHOUT_EFFECT.contains(layer.type())
            || (AFTER_LOGITS.contains(layer.type())
                && Set.of("softmax", "linear").contains(layer.text("activation", "softmax")));
    return passes && layer.inputs().size() == 1
        ? beforeSoftmax(model.layer(layer.inputs().get(0)))
        : layer;
  }

  private void write(Layer layer) {
    if (!layer.text("data_format", "channels_last").equals("channels_last")) {
      throw new ConversionException(layer.described() + " has its channels first");
    }
    if (WITHOUT_EFFECT.contains(layer.type())) {
      maps.put(layer.name(), input(layer));
      return;
    }
    switch (layer.type()) {
      case "InputLayer" -> maps.put(layer.name(), networkInput(layer));
      case "ZeroPadding2D" ->
          maps.put(layer.name(), network.pad(input(layer), padding(layer), name(layer)));
      case "Conv2D" -> convolution(layer, false);
      case "DepthwiseConv2D" -> convolution(layer, true);
      case "BatchNormalization" ->
          maps.put(
              layer.name(),
              network.normalisation(
                  input(layer), normalisation(layer, input(layer).channels()), name(layer)));
      case "Activation", "Softmax", "ReLU" ->
          maps.put(layer.name(), activated(layer, input(layer)));
      case "MaxPooling2D" ->
          maps.put(
              layer.name(),
              network.maxPool(input(layer), pooling(layer, input(layer)), name(layer)));
      case "AveragePooling2D" ->
          maps.put(
              layer.name(),
              network.averagePool(input(layer), pooling(layer, input(layer)), name(layer)));
      case "GlobalAveragePooling2D" ->
          maps.put(layer.name(), network.globalAverage(input(layer), name(layer)));
      case "Add" -> maps.put(layer.name(), sum(layer));
      case "Merge" -> {
        if (!layer.text("mode", "").equals("sum")) {
          throw unsupported(layer);
        }
        maps.put(layer.name(), sum(layer));
      }
      case "Concatenate" -> {
        List<FeatureMap> parts = layer.inputs().stream().map(this::map).toList();
        int axis = layer.integer("axis", -1);
        if (axis != -1 && axis != (parts.get(0).flat() ? 1 : 3)) {
          throw unsupported(layer);
        }
        maps.put(layer.name(), network.concatenation(parts, Activation.NONE, name(layer)));
      }
      case "Flatten" -> maps.put(layer.name(), network.flattened(input(layer), name(layer)));
      case "Reshape" -> {
        if (!input(layer).isVector()) {
          throw unsupported(layer);
        }
        maps.put(layer.name(), input(layer));
      }
      case "Dense" -> maps.put(layer.name(), dense(layer));
      default -> throw unsupported(layer);
    }
  }

  private FeatureMap networkInput(Layer layer) {
    JsonNode shape = layer.config().path("batch_input_shape");
    boolean images = shape.size() == 4;
    for (int i = 1; i < 4; i++) {
      images &= shape.path(i).asInt() > 0;
    }
    if (!images) {
      throw new ConversionException(
          "the input's shape %s is not that of images of one size".formatted(shape));
    }
    return network.input(shape.get(3).asInt(), shape.get(1).asInt(), shape.get(2).asInt());
  }

  private void convolution(Layer layer, boolean depthwise) {
    FeatureMap in = input(layer);
    int[] size = layer.pair("kernel_size", 0);
    int[] strides = layer.pair("strides", 1);
    int[] dilation = layer.pair("dilation_rate", 1);
    Window window =
        Window.valid(size[0], size[1], strides[0], strides[1]).dilated(dilation[0], dilation[1]);
    if (isSame(layer)) {
      window = window.same(in.height(), in.width());
    }
    Convolution convolution =
        depthwise ? depthwise(layer, in, window) : ordinary(layer, in, window);
    List<Layer> next = model.consumers(layer);
    boolean folds =
        next.size() == 1
            && next.get(0).type().equals("BatchNormalization")
            && !isHead(layer)
            && activation(layer, "activation") == Activation.NONE;
    if (folds) {
      Layer batchNorm = next.get(0);
      Normalisation normalisation = normalisation(batchNorm, convolution.out());
      maps.put(
          batchNorm.name(),
          network.convolution(
              in, convolution.then(normalisation), Activation.NONE, name(batchNorm)));
      maps.put(layer.name(), maps.get(batchNorm.name()));
    } else {
      maps.put(
          layer.name(),
          network.convolution(in, convolution, activation(layer, "activation"), name(layer)));
    }
  }

  private Convolution ordinary(Layer layer, FeatureMap in, Window window) {
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

  private Convolution depthwise(Layer layer, FeatureMap in, Window window) {
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

  private Normalisation normalisation(Layer layer, int channels) {
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

  private FeatureMap dense(Layer layer) {
    FeatureMap in = input(layer);
    if (!in.isVector()) {
      throw new ConversionException(layer.described() + " over a map is not supported");
    }
    int out = layer.integer("units", 0);
    Matrix matrix =
        Matrix.transposed(
            model.weight(layer, "kernel", in.channels(), out), bias(layer, out), in.channels());
    return network.linear(in, matrix, activation(layer, "activation"), name(layer));
  }

  private FeatureMap sum(Layer layer) {
    FeatureMap sum = map(layer.inputs().get(0));
    int terms = layer.inputs().size();
    for (int i = 1; i < terms; i++) {
      String name = i == terms - 1 ? name(layer) : name(layer) + "/" + i;
      sum = network.sum(sum, map(layer.inputs().get(i)), Activation.NONE, name);
    }
    return sum;
  }

  private FeatureMap activated(Layer layer, FeatureMap in) {
    if (layer.type().equals("ReLU")) {
      JsonNode maximum = layer.config().path("max_value");
      boolean bounded = maximum.isNumber();
      if ((bounded && maximum.asDouble() != 6)
          || layer.config().path("negative_slope").asDouble() != 0
          || layer.config().path("threshold").asDouble() != 0) {
        throw unsupported(layer);
      }
      return network.activation(in, bounded ? Activation.RELU6 : Activation.RELU, name(layer));
    }
    if (isAfterHead(layer)) {
      return in;
    }
    return network.activation(in, activation(layer, "activation"), name(layer));
  }

  private boolean isAfterHead(Layer layer) {
    for (Layer at = model.layer(model.output()); !isHead(at); ) {
      if (at.name().equals(layer.name())) {
        return true;
      }
      at = model.layer(at.inputs().get(0));
    }
    return false;
  }

  private boolean isHead(Layer layer) {
    return layer.name().equals(head.name());
  }

  private Activation activation(Layer layer, String key) {
    return switch (layer.text(key, "linear")) {
      case "linear" -> Activation.NONE;
      case "relu" -> Activation.RELU;
      case "relu6" -> Activation.RELU6;
      case "sigmoid" -> Activation.SIGMOID;
      case "softmax" -> {
        if (!isHead(layer)) {
          throw new ConversionException(
              layer.described() + " has a softmax, which may only stand at the end");
        }
        yield Activation.NONE;
      }
      default ->
          throw new ConversionException(
              "%s has the activation '%s', which is not supported"
                  .formatted(layer.described(), layer.text(key, "")));
    };
  }

  private static Padding padding(Layer layer) {
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

  private static Window pooling(Layer layer, FeatureMap in) {
    int[] size = layer.pair("pool_size", 2);
    int[] strides = layer.config().path("strides").isNull() ? size : layer.pair("strides", size[0]);
    Window window = Window.valid(size[0], size[1], strides[0], strides[1]);
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

  private FeatureMap input(Layer layer) {
    if (layer.inputs().size() != 1) {
      throw new ConversionException(
          "%s has %d inputs where one is wanted"
              .formatted(layer.described(), layer.inputs().size()));
    }
    return map(layer.inputs().get(0));
  }

  private FeatureMap map(String layer) {
    FeatureMap map = maps.get(layer);
    if (map == null) {
      throw new ConversionException("layer '%s' is used before it is computed".formatted(layer));
    }
    return map;
  }

  private String name(Layer layer) {
    if (isHead(layer) && (layer.type().equals("Dense") || isMatrix(layer))) {
      return NetworkWriter.LOGITS;
    }
    return RESERVED.contains(layer.name()) ? layer.name() + "_" : layer.name();
  }

  private boolean isMatrix(Layer layer) {
    return layer.type().equals("Conv2D")
        && input(layer).isVector()
        && Arrays.equals(layer.pair("kernel_size", 0), new int[] {1, 1});
  }

  private static ConversionException unsupported(Layer layer) {
    return new ConversionException(layer.described() + " is not supported");
  }
}
