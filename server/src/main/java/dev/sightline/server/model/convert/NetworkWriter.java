package dev.sightline.server.model.convert;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.GraphBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a network layer by layer as ONNX, channels first, and keeps the shape of every tensor.
 *
 * <p>Where a map has one row and one column, a 1×1 convolution is written as what it is, a matrix
 * (Gemm), and a pooling over a whole map as GlobalAveragePool: equal numbers in the form that shows
 * a head of pooling and one linear layer. Not thread-safe.
 */
final class NetworkWriter {
  /** The name of the input. */
  static final String INPUT = "input";

  /** The name of the output. */
  static final String LOGITS = "logits";

  /** Zeros around a map, which are written only where a layer cannot take them itself. */
  private record Padded(FeatureMap map, Padding pads) {}

  private final GraphBuilder graph;
  private final Map<String, Padded> padded = new HashMap<>();
  private final Set<String> nonNegative = new HashSet<>();

  NetworkWriter(String name) {
    graph = new GraphBuilder(name);
  }

  /** The network's input; there is one. */
  FeatureMap input(int channels, int height, int width) {
    graph.input(INPUT, channels, height, width);
    return FeatureMap.spatial(INPUT, channels, height, width);
  }

  /** A convolution and its activation; the name belongs to what comes out last. */
  FeatureMap convolution(FeatureMap in, Convolution layer, Activation activation, String name) {
    if (layer.in() != in.channels()) {
      throw mismatch(name, layer.in(), in);
    }
    if (layer.isPointwise() && in.isVector() && layer.window().pads().equals(Padding.NONE)) {
      return linear(in, new Matrix(layer.kernel(), layer.bias(), layer.in()), activation, name);
    }
    Padded zeros = padded.get(in.name());
    FeatureMap from = zeros == null ? spatial(in) : zeros.map();
    Window window = zeros == null ? layer.window() : layer.window().padded(zeros.pads());
    String linear = beforeActivation(name, activation);
    graph.node(
        "Conv",
        List.of(
            from.name(),
            graph.initializer(
                name + ".weight",
                layer.kernel(),
                layer.out(),
                layer.in() / layer.groups(),
                window.height(),
                window.width()),
            graph.initializer(name + ".bias", layer.bias(), layer.out())),
        linear,
        window.attributes(
            Attributes.integers("dilations", window.dilationY(), window.dilationX()),
            Attributes.integer("group", layer.groups())));
    FeatureMap out =
        FeatureMap.spatial(
            linear, layer.out(), window.outHeight(from.height()), window.outWidth(from.width()));
    return activation(out, activation, name);
  }

  /** A linear layer over the channels of a map of one place, and its activation. */
  FeatureMap linear(FeatureMap in, Matrix matrix, Activation activation, String name) {
    if (!in.isVector() || matrix.in() != in.channels()) {
      throw mismatch(name, matrix.in(), in);
    }
    String linear = beforeActivation(name, activation);
    graph.node(
        "Gemm",
        List.of(
            flat(in).name(),
            graph.initializer(name + ".weight", matrix.weights(), matrix.out(), matrix.in()),
            graph.initializer(name + ".bias", matrix.bias(), matrix.out())),
        linear,
        Attributes.integer("transB", 1));
    return activation(FeatureMap.flat(linear, matrix.out()), activation, name);
  }

  /** A batch normalisation that stands alone. */
  FeatureMap normalisation(FeatureMap in, Normalisation layer, String name) {
    if (layer.channels() != in.channels()) {
      throw mismatch(name, layer.channels(), in);
    }
    int channels = layer.channels();
    graph.node(
        "BatchNormalization",
        List.of(
            tensor(in),
            graph.initializer(name + ".gamma", layer.gamma(), channels),
            graph.initializer(name + ".beta", layer.beta(), channels),
            graph.initializer(name + ".mean", layer.mean(), channels),
            graph.initializer(name + ".variance", layer.variance(), channels)),
        name,
        Attributes.real("epsilon", (float) layer.epsilon()));
    return renamed(in, name);
  }

  /** An activation of its own; the map itself where there is none. */
  FeatureMap activation(FeatureMap in, Activation activation, String name) {
    switch (activation) {
      case NONE -> {
        return in;
      }
      case RELU -> graph.node("Relu", List.of(tensor(in)), name);
      case RELU6 ->
          graph.node("Clip", List.of(tensor(in), constant("zero", 0), constant("six", 6)), name);
      case SIGMOID -> graph.node("Sigmoid", List.of(tensor(in)), name);
      case HARD_SWISH -> graph.node("HardSwish", List.of(tensor(in)), name);
    }
    if (activation != Activation.HARD_SWISH) {
      nonNegative.add(name);
    }
    return renamed(in, name);
  }

  /** The mean under a window, padding not counted. */
  FeatureMap averagePool(FeatureMap in, Window window, String name) {
    if (window.covers(in)) {
      return globalAverage(in, name);
    }
    return pool("AveragePool", in, window, name);
  }

  /**
   * The maximum under a window, whose own padding never wins. Zeros around the map do win against
   * negative values: they can become padding of the window only where there are none, and as an
   * operator of their own ONNX Runtime 1.29 takes them for such padding everywhere.
   *
   * @throws ConversionException if there are zeros around a map that may have negative values
   */
  FeatureMap maxPool(FeatureMap in, Window window, String name) {
    Padded zeros = padded.get(in.name());
    if (zeros == null) {
      return pool("MaxPool", in, window, name);
    }
    Window whole = window.padded(zeros.pads());
    Padding pads = whole.pads();
    boolean reached =
        Math.max(pads.top(), pads.bottom()) < whole.height()
            && Math.max(pads.left(), pads.right()) < whole.width();
    if (!reached || !nonNegative.contains(zeros.map().name())) {
      throw new ConversionException(
          "layer '%s' takes maxima over zeros around values that may be negative".formatted(name));
    }
    return pool("MaxPool", zeros.map(), whole, name);
  }

  /** The mean of every channel. */
  FeatureMap globalAverage(FeatureMap in, String name) {
    graph.node("GlobalAveragePool", List.of(spatial(in).name()), name);
    return FeatureMap.spatial(name, in.channels(), 1, 1);
  }

  /** Zeros around a map. */
  FeatureMap pad(FeatureMap in, Padding pads, String name) {
    padded.put(name, new Padded(spatial(in), pads));
    return FeatureMap.spatial(
        name,
        in.channels(),
        in.height() + pads.top() + pads.bottom(),
        in.width() + pads.left() + pads.right());
  }

  /** The sum of two maps of one shape, and its activation. */
  FeatureMap sum(FeatureMap a, FeatureMap b, Activation activation, String name) {
    if (a.channels() != b.channels() || a.height() != b.height() || a.width() != b.width()) {
      throw new ConversionException(
          "layer '%s' adds %s and %s".formatted(name, shape(a), shape(b)));
    }
    boolean flat = a.flat() && b.flat();
    String left = flat ? a.name() : tensor(spatial(a));
    String right = flat ? b.name() : tensor(spatial(b));
    String linear = beforeActivation(name, activation);
    graph.node("Add", List.of(left, right), linear);
    return activation(renamed(flat ? a : spatial(a), linear), activation, name);
  }

  /** Maps of one size behind each other along their channels. */
  FeatureMap concatenation(List<FeatureMap> maps, Activation activation, String name) {
    List<String> names = new ArrayList<>();
    int channels = 0;
    for (FeatureMap map : maps) {
      if (map.height() != maps.get(0).height() || map.width() != maps.get(0).width()) {
        throw new ConversionException(
            "layer '%s' joins %s and %s".formatted(name, shape(maps.get(0)), shape(map)));
      }
      names.add(spatial(map).name());
      channels += map.channels();
    }
    String linear = beforeActivation(name, activation);
    graph.node("Concat", names, linear, Attributes.integer("axis", 1));
    FeatureMap first = maps.get(0);
    return activation(
        FeatureMap.spatial(linear, channels, first.height(), first.width()), activation, name);
  }

  /** The values of a map in a row, channels last as the formats that are read keep them. */
  FeatureMap flattened(FeatureMap in, String name) {
    if (in.isVector()) {
      return flat(in);
    }
    String channelsLast =
        graph.node(
            "Transpose",
            List.of(tensor(in)),
            name + "/channels_last",
            Attributes.integers("perm", 0, 2, 3, 1));
    graph.node("Flatten", List.of(channelsLast), name);
    return FeatureMap.flat(name, in.channels() * in.height() * in.width());
  }

  /** The model, with the given map as its logits. */
  ModelProto finish(FeatureMap last) {
    if (!last.isVector()) {
      throw new ConversionException(
          "the network ends in %s, which is no classifier's output".formatted(shape(last)));
    }
    if (!last.name().equals(LOGITS)) {
      graph.node(last.flat() ? "Identity" : "Flatten", List.of(tensor(last)), LOGITS);
    }
    return graph.output(LOGITS, last.channels()).build();
  }

  private FeatureMap pool(String operator, FeatureMap in, Window window, String name) {
    FeatureMap from = spatial(in);
    graph.node(operator, List.of(from.name()), name, window.attributes());
    if (nonNegative.contains(from.name())) {
      nonNegative.add(name);
    }
    return FeatureMap.spatial(
        name, in.channels(), window.outHeight(in.height()), window.outWidth(in.width()));
  }

  private FeatureMap flat(FeatureMap in) {
    if (in.flat()) {
      return in;
    }
    String name = in.name() + "/flat";
    if (!graph.defines(name)) {
      graph.node("Flatten", List.of(tensor(in)), name);
    }
    return FeatureMap.flat(name, in.channels());
  }

  private FeatureMap spatial(FeatureMap in) {
    if (!in.flat()) {
      tensor(in);
      return in;
    }
    String name = in.name() + "/map";
    if (!graph.defines(name)) {
      String shape = graph.initializer(name + ".shape", new long[] {0, in.channels(), 1, 1}, 4);
      graph.node("Reshape", List.of(in.name(), shape), name);
    }
    return FeatureMap.spatial(name, in.channels(), 1, 1);
  }

  /** The name of a map that is written for certain, with the zeros around it. */
  private String tensor(FeatureMap map) {
    Padded zeros = padded.get(map.name());
    if (zeros != null && !graph.defines(map.name())) {
      Padding pads = zeros.pads();
      long[] ends = {0, 0, pads.top(), pads.left(), 0, 0, pads.bottom(), pads.right()};
      graph.node(
          "Pad",
          List.of(zeros.map().name(), graph.initializer(map.name() + ".pads", ends, 8)),
          map.name());
    }
    return map.name();
  }

  private String constant(String name, float value) {
    return graph.defines(name) ? name : graph.initializer(name, new float[] {value});
  }

  private static FeatureMap renamed(FeatureMap map, String name) {
    return new FeatureMap(name, map.channels(), map.height(), map.width(), map.flat());
  }

  private static String beforeActivation(String name, Activation activation) {
    return activation == Activation.NONE ? name : name + "/linear";
  }

  private static ConversionException mismatch(String name, int channels, FeatureMap in) {
    return new ConversionException(
        "layer '%s' wants %d channels and is given %s".formatted(name, channels, shape(in)));
  }

  private static String shape(FeatureMap map) {
    return "a map of %d x %d x %d".formatted(map.channels(), map.height(), map.width());
  }
}
