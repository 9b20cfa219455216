package dev.sightline.server.graph;

import static java.util.Map.entry;

import java.util.HashMap;
import java.util.Map;

/**
 * The rule of every operator that can be differentiated, by its name: one table for each {@link
 * ReluRule}, which differ in the rows of the activations with a kink.
 */
final class Rules {
  static final Map<String, Rule> PLAIN =
      Map.ofEntries(
          entry("Abs", SmoothRules::abs),
          entry("Add", ArithmeticRules::add),
          entry("AveragePool", PoolRules::average),
          entry("BatchNormalization", LinearRules::batchNormalization),
          entry("Cast", ReshapeRules::identity),
          entry("Celu", SmoothRules::celu),
          entry("Clip", ActivationRules::clip),
          entry("Concat", ReshapeRules::concat),
          entry("Conv", ConvRule::gradient),
          entry("DequantizeLinear", ReshapeRules::straightThrough),
          entry("Div", ArithmeticRules::div),
          entry("Dropout", ReshapeRules::dropout),
          entry("Elu", SmoothRules::elu),
          entry("Erf", ActivationRules::erf),
          entry("Exp", ActivationRules::exp),
          entry("Expand", ReshapeRules::expand),
          entry("Flatten", ReshapeRules::reshape),
          entry("Gather", SelectionRules::gather),
          entry("Gelu", SmoothRules::gelu),
          entry("Gemm", LinearRules::gemm),
          entry("GlobalAveragePool", PoolRules::globalAverage),
          entry("GlobalMaxPool", MaxPoolRule::global),
          entry("HardSigmoid", ActivationRules::hardSigmoid),
          entry("HardSwish", ActivationRules::hardSwish),
          entry("Identity", ReshapeRules::identity),
          entry("InstanceNormalization", NormalizationRules::instanceNormalization),
          entry("LayerNormalization", NormalizationRules::layerNormalization),
          entry("LeakyRelu", ActivationRules::leakyRelu),
          entry("Log", SmoothRules::log),
          entry("MatMul", LinearRules::matMul),
          entry("Max", SelectionRules::extreme),
          entry("MaxPool", MaxPoolRule::gradient),
          entry("Min", SelectionRules::extreme),
          entry("Mish", SmoothRules::mish),
          entry("Mul", ArithmeticRules::mul),
          entry("Neg", ActivationRules::neg),
          entry("PRelu", ActivationRules::pRelu),
          entry("Pad", ReshapeRules::pad),
          entry("Pow", ArithmeticRules::pow),
          entry("QuantizeLinear", ReshapeRules::straightThrough),
          entry("Reciprocal", ActivationRules::reciprocal),
          entry("ReduceL2", NormalizationRules::reduceL2),
          entry("ReduceMax", SelectionRules::reduceExtreme),
          entry("ReduceMean", PoolRules::reduceMean),
          entry("ReduceMin", SelectionRules::reduceExtreme),
          entry("ReduceSum", PoolRules::reduceSum),
          entry("Relu", ActivationRules::relu),
          entry("Reshape", ReshapeRules::reshape),
          entry("Selu", SmoothRules::selu),
          entry("Sigmoid", ActivationRules::sigmoid),
          entry("Slice", SelectionRules::slice),
          entry("Softmax", NormalizationRules::softmax),
          entry("Softplus", SmoothRules::softplus),
          entry("Softsign", SmoothRules::softsign),
          entry("Sqrt", ActivationRules::sqrt),
          entry("Squeeze", ReshapeRules::reshape),
          entry("Sub", ArithmeticRules::sub),
          entry("Sum", ArithmeticRules::add),
          entry("Tanh", ActivationRules::tanh),
          entry("ThresholdedRelu", ActivationRules::thresholdedRelu),
          entry("Transpose", ReshapeRules::transpose),
          entry("Unsqueeze", ReshapeRules::reshape),
          entry("Where", SelectionRules::where));

  private static final Map<String, Rule> GUIDED =
      with(
          Map.of(
              "Clip", ActivationRules.guided(ActivationRules::clip),
              "LeakyRelu", ActivationRules.guided(ActivationRules::leakyRelu),
              "Max", ActivationRules.bound(ActivationRules.guided(SelectionRules::extreme)),
              "Min", ActivationRules.bound(ActivationRules.guided(SelectionRules::extreme)),
              "PRelu", ActivationRules.guided(ActivationRules::pRelu),
              "Relu", ActivationRules.guided(ActivationRules::relu),
              "ThresholdedRelu", ActivationRules.guided(ActivationRules::thresholdedRelu)));

  private static final Map<String, Rule> DECONVNET =
      with(
          Map.of(
              "Clip", ActivationRules::deconvnet,
              "LeakyRelu", ActivationRules::deconvnet,
              "Max", ActivationRules.bound(ActivationRules::deconvnetBound),
              "Min", ActivationRules.bound(ActivationRules::deconvnetBound),
              "PRelu", ActivationRules::deconvnet,
              "Relu", ActivationRules::deconvnet,
              "ThresholdedRelu", ActivationRules::deconvnet));

  private Rules() {}

  static Map<String, Rule> of(ReluRule rule) {
    return switch (rule) {
      case PLAIN -> PLAIN;
      case GUIDED -> GUIDED;
      case DECONVNET -> DECONVNET;
    };
  }

  private static Map<String, Rule> with(Map<String, Rule> kinks) {
    Map<String, Rule> rules = new HashMap<>(PLAIN);
    rules.putAll(kinks);
    return Map.copyOf(rules);
  }
}
