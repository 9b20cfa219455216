package dev.sightline.server.graph;

import static java.util.Map.entry;

import java.util.Map;

/**
 * The rule of every operator that can be differentiated, by its name. This is the plain gradient; a
 * way of explaining that passes kinks otherwise (guided backpropagation, deconvnet) is another
 * table with other rows for the activations.
 */
final class Rules {
  static final Map<String, Rule> PLAIN =
      Map.ofEntries(
          entry("Add", ArithmeticRules::add),
          entry("AveragePool", PoolRules::average),
          entry("BatchNormalization", LinearRules::batchNormalization),
          entry("Clip", ActivationRules::clip),
          entry("Concat", ReshapeRules::concat),
          entry("Conv", ConvRule::gradient),
          entry("Div", ArithmeticRules::div),
          entry("Dropout", ReshapeRules::dropout),
          entry("Erf", ActivationRules::erf),
          entry("Exp", ActivationRules::exp),
          entry("Expand", ReshapeRules::expand),
          entry("Flatten", ReshapeRules::reshape),
          entry("Gather", SelectionRules::gather),
          entry("Gemm", LinearRules::gemm),
          entry("GlobalAveragePool", PoolRules::globalAverage),
          entry("GlobalMaxPool", MaxPoolRule::global),
          entry("HardSigmoid", ActivationRules::hardSigmoid),
          entry("HardSwish", ActivationRules::hardSwish),
          entry("Identity", ReshapeRules::identity),
          entry("LayerNormalization", NormalizationRules::layerNormalization),
          entry("LeakyRelu", ActivationRules::leakyRelu),
          entry("MatMul", LinearRules::matMul),
          entry("MaxPool", MaxPoolRule::gradient),
          entry("Mul", ArithmeticRules::mul),
          entry("Neg", ActivationRules::neg),
          entry("Pad", ReshapeRules::pad),
          entry("Pow", ArithmeticRules::pow),
          entry("Reciprocal", ActivationRules::reciprocal),
          entry("ReduceL2", NormalizationRules::reduceL2),
          entry("ReduceMean", PoolRules::reduceMean),
          entry("ReduceSum", PoolRules::reduceSum),
          entry("Relu", ActivationRules::relu),
          entry("Reshape", ReshapeRules::reshape),
          entry("Sigmoid", ActivationRules::sigmoid),
          entry("Slice", SelectionRules::slice),
          entry("Softmax", NormalizationRules::softmax),
          entry("Sqrt", ActivationRules::sqrt),
          entry("Squeeze", ReshapeRules::reshape),
          entry("Sub", ArithmeticRules::sub),
          entry("Sum", ArithmeticRules::add),
          entry("Tanh", ActivationRules::tanh),
          entry("Transpose", ReshapeRules::transpose),
          entry("Unsqueeze", ReshapeRules::reshape),
          entry("Where", SelectionRules::where));

  private Rules() {}
}
