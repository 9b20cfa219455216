package dev.sightline.server.model.convert;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Short names for tensors of TensorFlow, whose own are paths such as
 * "MobilenetV1/MobilenetV1/Conv2d_13_pointwise/Relu6": the operator at the end falls away, and of
 * the rest as few steps from the end are kept as tell the tensors apart.
 */
final class TfliteNames {
  private static final Set<String> OPERATORS =
      Set.of(
          "Relu",
          "Relu6",
          "BiasAdd",
          "Conv2D",
          "depthwise",
          "convolution",
          "AvgPool",
          "MaxPool",
          "FusedBatchNorm",
          "FusedBatchNormV3",
          "BatchNorm",
          "add",
          "MatMul");

  private TfliteNames() {}

  /** A distinct name for each path, none of them among the names that are reserved. */
  static Map<String, String> shorten(List<String> paths, Set<String> reserved) {
    Map<String, Integer> uses = new HashMap<>();
    reserved.forEach(name -> uses.put(name, 1));
    Set<String> distinct = new HashSet<>(paths);
    for (String path : distinct) {
      endings(path).forEach(ending -> uses.merge(ending, 1, Integer::sum));
    }
    Map<String, String> names = new HashMap<>();
    for (String path : distinct) {
      names.put(
          path,
          endings(path).stream()
              .filter(ending -> uses.getOrDefault(ending, 0) == 1)
              .findFirst()
              .orElse(reserved.contains(path) ? path + "_" : path));
    }
    return names;
  }

  private static List<String> endings(String path) {
    // Where operators were fused, the converter joins their paths by semicolons.
    List<String> steps = Arrays.asList(path.split(";", 2)[0].split("/", -1));
    int end = steps.size();
    while (end > 1 && OPERATORS.contains(steps.get(end - 1))) {
      end--;
    }
    List<String> kept = steps.subList(0, end);
    return IntStream.rangeClosed(1, end)
        .mapToObj(count -> String.join("/", kept.subList(kept.size() - count, kept.size())))
        .toList();
  }
}
