package dev.sightline.server.model.convert;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.model.convert.TfliteFile.Operator;
import dev.sightline.server.model.convert.TfliteFile.Options;
import dev.sightline.server.model.convert.TfliteFile.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Converts a TensorFlow Lite classifier with float weights to ONNX.
 *
 * <p>Understood are CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, AVERAGE_POOL_2D, MAX_POOL_2D, MEAN
 * over a map, ADD, CONCATENATION, PAD, RESHAPE and SQUEEZE, RELU, RELU6, LOGISTIC and HARD_SWISH,
 * with fused RELU or RELU6; a SOFTMAX may stand at the end and is left out.
 */
public final class TfliteImporter {
  private final TfliteFile file;
  private final int dropped;
  private final NetworkWriter network;
  private final int logits;
  private final Map<Integer, String> names = new HashMap<>();
  private final Map<Integer, FeatureMap> maps = new HashMap<>();

  private TfliteImporter(TfliteFile file, String name, int dropped) {
    this.file = file;
    this.dropped = dropped;
    network = new NetworkWriter(name);
    logits = beforeSoftmax(file.output(), file.operators().size());
    List<String> paths = paths();
    Map<String, String> shortened =
        TfliteNames.shorten(
            paths, Set.of(NetworkWriter.INPUT, NetworkWriter.LOGITS, "zero", "six"));
    for (int i = 0; i < paths.size(); i++) {
      names.put(
          file.operators().get(i).output(), shortened.getOrDefault(paths.get(i), paths.get(i)));
    }
  }

  /**
   * Converts a file.
   *
   * @param bytes the whole file
   * @param name the name of the ONNX graph
   * @param dropped how many of the first classes to leave out, such as 1 for a background
   * @return a model of operator set 17 with the input "input" and the output "logits"
   * @throws ConversionException if the file is damaged or holds something that is not understood,
   *     which the message names
   */
  public static ModelProto convert(byte[] bytes, String name, int dropped) {
    try {
      return new TfliteImporter(TfliteFile.read(bytes), name, dropped).convert();
    } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
      throw new ConversionException("a damaged TensorFlow Lite file", e);
    }
  }

  private ModelProto convert() {
    int[] shape = file.tensor(file.input()).shape();
    if (shape.length != 4) {
      throw new ConversionException(
          "the input's shape %s is not that of images".formatted(Arrays.toString(shape)));
    }
    maps.put(file.input(), network.input(shape[3], shape[1], shape[2]));
    for (Operator operator : file.operators()) {
      if (maps.containsKey(logits)) {
        break;
      }
      if (operator.output() == logits && dropped > 0 && !isHead(operator)) {
        throw new ConversionException(
            "no class can be dropped from a network that ends in " + operator.name());
      }
      maps.put(operator.output(), write(operator));
    }
    FeatureMap last = maps.get(logits);
    if (last == null) {
      throw new ConversionException("no operator computes the output");
    }
    return network.finish(last);
  }

  /** The tensor whose softmax, reshaped or not, is the given one; else what is reshaped into it. */
  private int beforeSoftmax(int tensor, int end) {
    for (int i = end - 1; i >= 0; i--) {
      Operator operator = file.operators().get(i);
      if (operator.output() == tensor) {
        return switch (operator.code()) {
          case TfliteOperators.SOFTMAX, TfliteOperators.RESHAPE, TfliteOperators.SQUEEZE ->
              isVector(operator.inputs()[0]) ? beforeSoftmax(operator.inputs()[0], i) : tensor;
          default -> tensor;
        };
      }
    }
    return tensor;
  }

  /** What the operators' tensors are called, each with a name of its own. */
  private List<String> paths() {
    Set<String> taken = new HashSet<>();
    List<String> paths = new ArrayList<>();
    for (Operator operator : file.operators()) {
      String path = file.tensor(operator.output()).name();
      boolean usable = !path.isEmpty() && taken.add(path);
      paths.add(usable ? path : path + "_" + operator.output());
    }
    return paths;
  }

  private boolean isVector(int tensor) {
    int[] shape = file.tensor(tensor).shape();
    return IntStream.range(0, shape.length - 1).allMatch(i -> shape[i] == 1);
  }

  private FeatureMap write(Operator operator) {
    String name = name(operator);
    Options options = operator.options();
    return switch (operator.code()) {
      case TfliteOperators.CONV_2D -> convolution(operator, name);
      case TfliteOperators.DEPTHWISE_CONV_2D -> depthwise(operator, name);
      case TfliteOperators.FULLY_CONNECTED -> fullyConnected(operator, name);
      case TfliteOperators.AVERAGE_POOL_2D -> {
        FeatureMap in = map(operator, 0);
        FeatureMap mean = network.averagePool(in, pooling(options, in), fusedName(operator, 5));
        yield network.activation(mean, fused(operator, 5), name);
      }
      case TfliteOperators.MAX_POOL_2D -> {
        FeatureMap in = map(operator, 0);
        FeatureMap maximum = network.maxPool(in, pooling(options, in), fusedName(operator, 5));
        yield network.activation(maximum, fused(operator, 5), name);
      }
      case TfliteOperators.MEAN -> mean(operator, name);
      case TfliteOperators.ADD ->
          network.sum(map(operator, 0), map(operator, 1), fused(operator, 0), name);
      case TfliteOperators.CONCATENATION -> concatenation(operator, name);
      case TfliteOperators.PAD -> network.pad(map(operator, 0), padding(operator), name);
      case TfliteOperators.RESHAPE, TfliteOperators.SQUEEZE -> reshape(operator, name);
      case TfliteOperators.RELU -> network.activation(map(operator, 0), Activation.RELU, name);
      case TfliteOperators.RELU6 -> network.activation(map(operator, 0), Activation.RELU6, name);
      case TfliteOperators.LOGISTIC ->
          network.activation(map(operator, 0), Activation.SIGMOID, name);
      case TfliteOperators.HARD_SWISH ->
          network.activation(map(operator, 0), Activation.HARD_SWISH, name);
      default ->
          throw new ConversionException(
              "operator %s, which makes tensor '%s', is not supported"
                  .formatted(operator.name(), file.tensor(operator.output()).name()));
    };
  }

  private FeatureMap convolution(Operator operator, String name) {
    FeatureMap in = map(operator, 0);
    Tensor kernel = constant(operator, 1, 4);
    int[] shape = kernel.shape();
    Options options = operator.options();
    Window window =
        new Window(
            shape[1],
            shape[2],
            options.integer(2, 1),
            options.integer(1, 1),
            options.integer(5, 1),
            options.integer(4, 1),
            Padding.NONE);
    Convolution layer =
        new Convolution(
            Convolution.fromOhwi(kernel.floats(), shape[0], shape[1], shape[2], shape[3]),
            bias(operator, shape[0]),
            shape[3],
            1,
            padded(window, options, in));
    if (isHead(operator)) {
      Matrix matrix = new Matrix(layer.kernel(), layer.bias(), layer.in());
      return network.linear(in, matrix.withoutFirst(dropped), fused(operator, 3), name);
    }
    return network.convolution(in, layer, fused(operator, 3), name);
  }

  private FeatureMap depthwise(Operator operator, String name) {
    FeatureMap in = map(operator, 0);
    Tensor kernel = constant(operator, 1, 4);
    int[] shape = kernel.shape();
    Options options = operator.options();
    Window window =
        new Window(
            shape[1],
            shape[2],
            options.integer(2, 1),
            options.integer(1, 1),
            options.integer(6, 1),
            options.integer(5, 1),
            Padding.NONE);
    return network.convolution(
        in,
        new Convolution(
            Convolution.fromHwio(kernel.floats(), shape[1], shape[2], 1, shape[3]),
            bias(operator, shape[3]),
            in.channels(),
            in.channels(),
            padded(window, options, in)),
        fused(operator, 4),
        name);
  }

  private FeatureMap fullyConnected(Operator operator, String name) {
    Tensor weights = constant(operator, 1, 2);
    if (operator.options().octet(1, 0) != 0) {
      throw new ConversionException("layer '%s' has shuffled weights".formatted(name));
    }
    int rows = weights.shape()[0];
    Matrix matrix = new Matrix(weights.floats(), bias(operator, rows), weights.shape()[1]);
    FeatureMap in = network.flattened(map(operator, 0), name + "/flattened");
    return network.linear(
        in, isHead(operator) ? matrix.withoutFirst(dropped) : matrix, fused(operator, 0), name);
  }

  private FeatureMap mean(Operator operator, String name) {
    int[] axes = constant(operator, 1, 1).integers();
    FeatureMap in = map(operator, 0);
    Arrays.sort(axes);
    if (in.flat() || !Arrays.equals(axes, new int[] {1, 2})) {
      throw new ConversionException(
          "MEAN '%s' over axes %s is not supported, only over rows and columns"
              .formatted(name, Arrays.toString(axes)));
    }
    return network.globalAverage(in, name);
  }

  private FeatureMap concatenation(Operator operator, String name) {
    List<FeatureMap> parts = new ArrayList<>();
    for (int i = 0; i < operator.inputs().length; i++) {
      parts.add(map(operator, i));
    }
    int axis = operator.options().integer(0, 0);
    int last = file.tensor(operator.output()).shape().length - 1;
    if (axis != last && axis != -1) {
      throw new ConversionException(
          "CONCATENATION '%s' along axis %d is not supported, only along channels"
              .formatted(name, axis));
    }
    return network.concatenation(parts, fused(operator, 1), name);
  }

  private Padding padding(Operator operator) {
    int[] pads = constant(operator, 1, 2).integers();
    if (pads.length != 8 || pads[0] != 0 || pads[1] != 0 || pads[6] != 0 || pads[7] != 0) {
      throw new ConversionException(
          "PAD by %s is not supported, only of rows and columns".formatted(Arrays.toString(pads)));
    }
    return new Padding(pads[2], pads[4], pads[3], pads[5]);
  }

  private FeatureMap reshape(Operator operator, String name) {
    FeatureMap in = map(operator, 0);
    int[] shape = file.tensor(operator.output()).shape();
    int values = in.channels() * in.height() * in.width();
    if (shape.length > 1 && isVector(operator.output()) && shape[shape.length - 1] == values) {
      return network.flattened(in, name);
    }
    if (Arrays.equals(shape, new int[] {1, in.height(), in.width(), in.channels()})) {
      return in;
    }
    throw new ConversionException(
        "%s of tensor '%s' to %s is not supported"
            .formatted(operator.name(), in.name(), Arrays.toString(shape)));
  }

  private float[] bias(Operator operator, int out) {
    boolean given = operator.inputs().length > 2 && operator.inputs()[2] >= 0;
    return given ? constant(operator, 2, 1).floats() : new float[out];
  }

  private Window pooling(Options options, FeatureMap in) {
    Window window =
        Window.valid(
            options.integer(4, 0),
            options.integer(3, 0),
            options.integer(2, 0),
            options.integer(1, 0));
    return padded(window, options, in);
  }

  private static Window padded(Window window, Options options, FeatureMap in) {
    return switch (options.octet(0, 0)) {
      case 0 -> window.same(in.height(), in.width());
      case 1 -> window;
      default -> throw new ConversionException("padding %d".formatted(options.octet(0, 0)));
    };
  }

  private Activation fused(Operator operator, int field) {
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

  private String fusedName(Operator operator, int field) {
    return fused(operator, field) == Activation.NONE ? name(operator) : name(operator) + "/linear";
  }

  private String name(Operator operator) {
    return isHead(operator)
        ? NetworkWriter.LOGITS
        : names.getOrDefault(operator.output(), NetworkWriter.LOGITS);
  }

  /** True for the operator that makes the logits, if it will be written as a matrix. */
  private boolean isHead(Operator operator) {
    if (operator.output() != logits) {
      return false;
    }
    return switch (operator.code()) {
      case TfliteOperators.FULLY_CONNECTED -> true;
      case TfliteOperators.CONV_2D -> {
        int[] kernel = constant(operator, 1, 4).shape();
        yield map(operator, 0).isVector() && kernel[1] == 1 && kernel[2] == 1;
      }
      default -> false;
    };
  }

  private FeatureMap map(Operator operator, int index) {
    FeatureMap map = index < operator.inputs().length ? maps.get(operator.inputs()[index]) : null;
    if (map == null) {
      throw new ConversionException(
          "operator %s, which makes tensor '%s', wants a computed tensor as input %d"
              .formatted(operator.name(), file.tensor(operator.output()).name(), index));
    }
    return map;
  }

  private Tensor constant(Operator operator, int index, int rank) {
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
}
