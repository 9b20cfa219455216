package dev.sightline.server.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the ONNX parser of TensorRT takes: all operators marked so in the table of onnx-tensorrt's
 * docs/operators.md for TensorRT 10.15, which knows the operator sets 9 to 24, and of the
 * restrictions stated there those that a network or its gradient could meet. Read there, not tried:
 * no parser was at hand. What it says of types and of shapes that are found out at run time is not
 * looked at.
 */
final class TensorRtOperators {
  private static final Set<String> NAMES =
      Stream.of(
              """
              Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh Attention
              AveragePool BatchNormalization BlackmanWindow Cast CastLike Ceil Celu Clip
              Concat Constant ConstantOfShape Conv ConvTranspose Cos Cosh CumSum DeformConv
              DepthToSpace DequantizeLinear Div Dropout Einsum Elu Equal Erf Exp Expand
              EyeLike Flatten Floor Gather GatherElements GatherND Gelu Gemm
              GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample
              GroupNormalization GRU HammingWindow HannWindow HardSigmoid HardSwish Hardmax
              Identity If InstanceNormalization IsInf IsNaN LayerNormalization LeakyRelu
              Less LessOrEqual Log LogSoftmax Loop LRN LSTM LpNormalization LpPool MatMul
              Max MaxPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg
              NonMaxSuppression NonZero Not OneHot Or Pad Pow PRelu QuantizeLinear
              RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal
              ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin
              ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence
              RMSNormalization RNN RoiAlign RotaryEmbedding Round STFT Scan Scatter
              ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Slice
              Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh
              TensorScatter ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample
              Where Xor
              """
                  .strip()
                  .split("\\s+"))
          .collect(Collectors.toUnmodifiableSet());

  /** The table's bound for the number of largest values. */
  private static final long MOST_OF_TOP_K = 3839;

  private TensorRtOperators() {}

  /**
   * True if the parser takes a node.
   *
   * @param constants the graph's constants, by name
   */
  static boolean take(Node node, Map<String, Constant> constants) {
    return node.standard()
        && NAMES.contains(node.operator())
        && switch (node.operator()) {
          case "MaxPool" -> undilated(node) && node.outputs().size() == 1;
          case "AveragePool", "LpPool" -> undilated(node);
          case "LayerNormalization" -> node.outputs().size() == 1;
          case "OneHot" -> constants.containsKey(node.input(1));
          case "ScatterND" -> node.text("reduction", "none").equals("none");
          case "TopK" ->
              node.integer("sorted", 1) == 1
                  && constants.containsKey(node.input(1))
                  && constants.get(node.input(1)).integers()[0] <= MOST_OF_TOP_K;
          default ->
              !node.operator().startsWith("Reduce")
                  || !node.has(1)
                  || constants.containsKey(node.input(1));
        };
  }

  private static boolean undilated(Node node) {
    return node.integers("dilations").orElse(List.of()).stream().allMatch(d -> d == 1);
  }
}
