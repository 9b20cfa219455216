package dev.sightline.server.model.convert;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.model.convert.TfliteFile.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final TfliteSettings settings;
  private final int dropped;
  private final NetworkWriter network;
  private final int logits;
  private final Map<Integer, String> names = new HashMap<>();
  private final Map<Integer, FeatureMap> maps = new HashMap<>();

  private TfliteImporter(TfliteFile file, String name, int dropped) {
    this.file = file;
    settings = new TfliteSettings(file);
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
    return switch (operator.code()) {
      case TfliteOperators.CONV_2D -> convolution(operator, name);
      case TfliteOperators.DEPTHWISE_CONV_2D -> {
        FeatureMap in = map(operator, 0);
        yield network.convolution(
            in, settings.depthwise(operator, in), settings.fused(operator, 4), name);
      }
      case TfliteOperators.FULLY_CONNECTED -> fullyConnected(operator, name);
      case TfliteOperators.AVERAGE_POOL_2D -> {
        FeatureMap in = map(operator, 0);
        FeatureMap mean =
            network.averagePool(in, TfliteSettings.pooling(operator, in), fusedName(operator, 5));
        yield network.activation(mean, settings.fused(operator, 5), name);
      }
      case TfliteOperators.MAX_POOL_2D -> {
        FeatureMap in = map(operator, 0);
        FeatureMap maximum =
            network.maxPool(in, TfliteSettings.pooling(operator, in), fusedName(operator, 5));
        yield network.activation(maximum, settings.fused(operator, 5), name);
      }
      case TfliteOperators.MEAN -> mean(operator, name);
      case TfliteOperators.ADD ->
          network.sum(map(operator, 0), map(operator, 1), settings.fused(operator, 0), name);
      case TfliteOperators.CONCATENATION -> concatenation(operator, name);
      case TfliteOperators.PAD -> network.pad(map(operator, 0), settings.padding(operator), name);
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
    Convolution layer = settings.convolution(operator, in);
    if (isHead(operator)) {
      Matrix matrix = new Matrix(layer.kernel(), layer.bias(), layer.in());
      return network.linear(in, matrix.withoutFirst(dropped), settings.fused(operator, 3), name);
    }
    return network.convolution(in, layer, settings.fused(operator, 3), name);
  }

  private FeatureMap fullyConnected(Operator operator, String name) {
    Matrix matrix = settings.matrix(operator);
    FeatureMap in = network.flattened(map(operator, 0), name + "/flattened");
    return network.linear(
        in,
        isHead(operator) ? matrix.withoutFirst(dropped) : matrix,
        settings.fused(operator, 0),
        name);
  }

  private FeatureMap mean(Operator operator, String name) {
    int[] axes = settings.constant(operator, 1, 1).integers();
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
    return network.concatenation(parts, settings.fused(operator, 1), name);
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

  private String fusedName(Operator operator, int field) {
    return settings.fused(operator, field) == Activation.NONE
        ? name(operator)
        : name(operator) + "/linear";
  }

  private String name(Operator operator) {
    return isHead(operator)
        ? NetworkWriter.LOGITS
        : Objects.requireNonNull(names.get(operator.output()));
  }

  /** True for the operator that makes the logits, if it will be written as a matrix. */
  private boolean isHead(Operator operator) {
    if (operator.output() != logits) {
      return false;
    }
    return switch (operator.code()) {
      case TfliteOperators.FULLY_CONNECTED -> true;
      case TfliteOperators.CONV_2D -> {
        int[] kernel = settings.constant(operator, 1, 4).shape();
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
}
