package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.List;

/** Elementwise arithmetic with broadcasting. */
final class ArithmeticRules {
  private ArithmeticRules() {}

  static String add(Backward b, Node node, int input, String g) {
    return unbroadcast(b, node, input, g);
  }

  static String sub(Backward b, Node node, int input, String g) {
    return unbroadcast(b, node, input, input == 0 ? g : b.node("Neg", List.of(g)));
  }

  static String mul(Backward b, Node node, int input, String g) {
    return unbroadcast(b, node, input, b.mul(g, b.rows(node.input(1 - input))));
  }

  /** ∂(p/q)/∂p = 1/q, ∂(p/q)/∂q = −(p/q)/q. */
  static String div(Backward b, Node node, int input, String g) {
    String quotient = b.node("Div", List.of(g, b.rows(node.input(1))));
    return unbroadcast(
        b,
        node,
        input,
        input == 0 ? quotient : b.node("Neg", List.of(b.mul(quotient, b.rows(node.output())))));
  }

  /** p·x^(p−1) for a constant p. */
  static String pow(Backward b, Node node, int input, String g) {
    if (input != 0) {
      throw new GraphException(node + " has an exponent that depends on the image");
    }
    Constant exponents = b.constant(node, 1);
    if (exponents.shape().elements() != 1) {
      throw new GraphException(node + " has more than one exponent");
    }
    String x = node.input(0);
    float p = exponents.isInteger() ? exponents.integers()[0] : exponents.floats()[0];
    String power = p == 2 ? x : b.node("Pow", List.of(x, b.real(p - 1)));
    return unbroadcast(b, node, 0, b.mul(g, b.gather(b.mul(power, b.real(p)))));
  }

  /** Sums the gradient over the axes along which the input was repeated. */
  static String unbroadcast(Backward b, Node node, int input, String g) {
    Shape from = b.shape(node.input(input));
    Shape to = b.shape(node.output());
    List<Integer> repeated = new ArrayList<>();
    for (int axis = 0; axis < to.rank(); axis++) {
      if (from.dim(axis) == 1 && to.dim(axis) != 1) {
        repeated.add(axis);
      }
    }
    return repeated.isEmpty() ? g : b.sum(g, repeated);
  }
}
