package dev.sightline.server.graph;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Operators that mean the same in every operator set from 11 to 23, by the changes that ONNX's
 * Changelog.md lists: later versions of them take more types, or have more that can be left out.
 */
final class OpsetAgreement {
  private static final Set<String> SAME =
      Stream.of(
              """
              Abs Add AveragePool BatchNormalization Ceil Clip Concat Conv ConvTranspose
              DepthToSpace Div Elu Erf Exp Expand Flatten Floor Gather Gemm GlobalAveragePool
              GlobalMaxPool HardSigmoid Identity InstanceNormalization LeakyRelu Log MatMul Max
              MaxPool Mean Min Mul Neg PRelu Pad Pow Reciprocal Relu Reshape Selu Sigmoid Slice
              Softplus Softsign SpaceToDepth Sqrt Sub Sum Tanh Tile Transpose Where
              """
                  .strip()
                  .split("\\s+"))
          .collect(Collectors.toUnmodifiableSet());

  private OpsetAgreement() {}

  /** True if a node of one operator set may be written as it is into a graph of another. */
  static boolean same(Node node, long from, long to) {
    return from == to
        || SAME.contains(node.operator())
        || switch (node.operator()) {
          // Set 15 lets it leave axes out.
          case "Shape" -> node.attribute("start").isEmpty() && node.attribute("end").isEmpty();
          // Set 13 lets it leave its region out, sets 18 and 19 give it more attributes.
          case "Resize" -> Math.min(from, to) >= 13 && resizesAlike(node);
          default -> false;
        };
  }

  private static boolean resizesAlike(Node node) {
    return node.attribute("antialias").isEmpty()
        && node.attribute("axes").isEmpty()
        && node.attribute("keep_aspect_ratio_policy").isEmpty()
        && !node.text("coordinate_transformation_mode", "").equals("half_pixel_symmetric");
  }
}
