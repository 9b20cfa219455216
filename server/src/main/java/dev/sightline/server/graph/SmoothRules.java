package dev.sightline.server.graph;

import java.util.List;

/**
 * Activations that bend smoothly on at least one side of zero, and their relatives: the gradient is
 * multiplied by a slope, which is computed once a frame.
 */
final class SmoothRules {
  private static final float SELU_ALPHA = 1.6732632f;
  private static final float SELU_GAMMA = 1.050701f;

  private SmoothRules() {}

  /** Φ(x) + x·φ(x) with the normal distribution, or the same of its approximation by tanh. */
  static String gelu(Backward b, Node node, int input, String g) {
    String x = node.input(0);
    return ActivationRules.times(
        b, g, node.text("approximate", "none").equals("tanh") ? tanhSlope(b, x) : erfSlope(b, x));
  }

  private static String erfSlope(Backward b, String x) {
    String scaled = b.mul(x, b.real((float) Math.sqrt(0.5)));
    String below = halfOfOnePlus(b, b.node("Erf", List.of(scaled)));
    String bell = b.node("Exp", List.of(b.node("Neg", List.of(b.mul(scaled, scaled)))));
    return add(b, below, b.mul(b.mul(x, bell), b.real((float) (1 / Math.sqrt(2 * Math.PI)))));
  }

  private static String tanhSlope(Backward b, String x) {
    float width = (float) Math.sqrt(2 / Math.PI);
    float cubic = 0.044715f * width;
    String square = b.mul(x, x);
    String inner = b.mul(x, add(b, b.mul(square, b.real(cubic)), b.real(width)));
    String t = b.node("Tanh", List.of(inner));
    String steep = add(b, b.mul(square, b.real(3 * cubic)), b.real(width));
    String rise = b.mul(b.mul(x, b.real(0.5f)), b.mul(oneMinus(b, b.mul(t, t)), steep));
    return add(b, halfOfOnePlus(b, t), rise);
  }

  /** α·eˣ below zero, which is y + α. */
  static String elu(Backward b, Node node, int input, String g) {
    return bent(b, node, g, 1, add(b, node.output(), b.real(node.real("alpha", 1))));
  }

  static String selu(Backward b, Node node, int input, String g) {
    float gamma = node.real("gamma", SELU_GAMMA);
    float bend = gamma * node.real("alpha", SELU_ALPHA);
    return bent(b, node, g, gamma, add(b, node.output(), b.real(bend)));
  }

  /** e^(x/α) below zero, which is y/α + 1. */
  static String celu(Backward b, Node node, int input, String g) {
    String scaled = b.mul(node.output(), b.real(1 / node.real("alpha", 1)));
    return bent(b, node, g, 1, add(b, scaled, b.real(1)));
  }

  static String softplus(Backward b, Node node, int input, String g) {
    return ActivationRules.times(b, g, b.node("Sigmoid", List.of(node.input(0))));
  }

  /** 1/(1 + |x|)². */
  static String softsign(Backward b, Node node, int input, String g) {
    String root = add(b, b.node("Abs", List.of(node.input(0))), b.real(1));
    return ActivationRules.times(b, g, b.node("Reciprocal", List.of(b.mul(root, root))));
  }

  /** x·t with t = tanh(softplus(x)), so the slope is t + x·(1 − t²)·σ(x). */
  static String mish(Backward b, Node node, int input, String g) {
    String x = node.input(0);
    String t = b.node("Tanh", List.of(b.node("Softplus", List.of(x))));
    String rise = b.mul(oneMinus(b, b.mul(t, t)), b.node("Sigmoid", List.of(x)));
    return ActivationRules.times(b, g, add(b, t, b.mul(x, rise)));
  }

  static String log(Backward b, Node node, int input, String g) {
    return ActivationRules.times(b, g, b.node("Reciprocal", List.of(node.input(0))));
  }

  static String abs(Backward b, Node node, int input, String g) {
    return ActivationRules.times(b, g, b.node("Sign", List.of(node.input(0))));
  }

  /** A number above zero, another slope below. */
  private static String bent(Backward b, Node node, String g, float above, String below) {
    String positive = ActivationRules.above(b, node.input(0), 0);
    return ActivationRules.times(b, g, b.node("Where", List.of(positive, b.real(above), below)));
  }

  private static String halfOfOnePlus(Backward b, String tensor) {
    return add(b, b.mul(tensor, b.real(0.5f)), b.real(0.5f));
  }

  private static String oneMinus(Backward b, String tensor) {
    return b.node("Sub", List.of(b.real(1), tensor));
  }

  private static String add(Backward b, String one, String other) {
    return b.node("Add", List.of(one, other));
  }
}
