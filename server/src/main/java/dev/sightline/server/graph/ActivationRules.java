package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.List;

/**
 * Activations: the gradient is multiplied by a slope, which is computed once a frame.
 *
 * <p>Slopes are taken from the activation's output wherever it determines them, since another
 * reader of its input would keep engines from fusing the activation into the convolution before it.
 * Conditions become numbers, 0 or 1, before they are gathered, as not every engine gathers
 * booleans; a comparison and a Cast are four times as fast in ONNX Runtime as Sign, which branches.
 */
final class ActivationRules {
  private ActivationRules() {}

  /** The plain rule of a kink, for what is positive of the gradient. */
  static Rule guided(Rule plain) {
    return (b, node, input, g) -> plain.gradient(b, node, input, b.node("Relu", List.of(g)));
  }

  /** What is positive of the gradient, whatever the forward pass was at the kink. */
  static String deconvnet(Backward b, Node node, int input, String g) {
    checkBounds(node, input);
    return b.node("Relu", List.of(g));
  }

  static String relu(Backward b, Node node, int input, String g) {
    return times(b, g, number(b, above(b, node.output(), 0)));
  }

  static String leakyRelu(Backward b, Node node, int input, String g) {
    float alpha = node.real("alpha", 0.01f);
    // With a negative slope the output of both sides is positive.
    String signed = alpha < 0 ? node.input(0) : node.output();
    String positive = number(b, above(b, signed, 0));
    return times(b, g, b.node("Add", List.of(b.mul(positive, b.real(1 - alpha)), b.real(alpha))));
  }

  static String clip(Backward b, Node node, int input, String g) {
    checkBounds(node, input);
    float min = node.has(1) ? b.floats(node, 1)[0] : -Float.MAX_VALUE;
    float max = node.has(2) ? b.floats(node, 2)[0] : Float.MAX_VALUE;
    boolean bounded = max < Float.MAX_VALUE;
    if (min <= -Float.MAX_VALUE) {
      return bounded ? times(b, g, number(b, below(b, node.output(), max))) : g;
    }
    String above = above(b, node.output(), min);
    return times(
        b,
        g,
        number(b, bounded ? b.node("And", List.of(above, below(b, node.output(), max))) : above));
  }

  private static void checkBounds(Node node, int input) {
    if (input != 0) {
      throw new GraphException(node + " has a bound that depends on the image");
    }
  }

  static String sigmoid(Backward b, Node node, int input, String g) {
    String y = node.output();
    return times(b, g, b.mul(y, b.node("Sub", List.of(b.real(1), y))));
  }

  static String tanh(Backward b, Node node, int input, String g) {
    String y = node.output();
    return times(b, g, b.node("Sub", List.of(b.real(1), b.mul(y, y))));
  }

  static String hardSigmoid(Backward b, Node node, int input, String g) {
    float alpha = node.real("alpha", 0.2f);
    return times(b, g, b.mul(insideUnit(b, node.output()), b.real(alpha)));
  }

  /** x·s with s = HardSigmoid(x; 1/6, 1/2), so the slope is s + x/6·[0 &lt; s &lt; 1]. */
  static String hardSwish(Backward b, Node node, int input, String g) {
    String x = node.input(0);
    String s =
        b.node(
            "HardSigmoid",
            List.of(x),
            Attributes.real("alpha", 1f / 6),
            Attributes.real("beta", 0.5f));
    String rise = b.mul(b.mul(x, b.real(1f / 6)), insideUnit(b, s));
    return times(b, g, b.node("Add", List.of(s, rise)));
  }

  /** 2/√π · exp(−x²). */
  static String erf(Backward b, Node node, int input, String g) {
    String x = node.input(0);
    String bell = b.node("Exp", List.of(b.node("Neg", List.of(b.mul(x, x)))));
    return times(b, g, b.mul(bell, b.real((float) (2 / Math.sqrt(Math.PI)))));
  }

  static String exp(Backward b, Node node, int input, String g) {
    return times(b, g, node.output());
  }

  static String neg(Backward b, Node node, int input, String g) {
    return b.node("Neg", List.of(g));
  }

  static String reciprocal(Backward b, Node node, int input, String g) {
    String y = node.output();
    return times(b, g, b.node("Neg", List.of(b.mul(y, y))));
  }

  static String sqrt(Backward b, Node node, int input, String g) {
    return times(b, g, b.node("Div", List.of(b.real(0.5f), node.output())));
  }

  /** [0 &lt; y &lt; 1] for y between 0 and 1. */
  private static String insideUnit(Backward b, String y) {
    return number(b, b.node("And", List.of(above(b, y, 0), below(b, y, 1))));
  }

  private static String above(Backward b, String tensor, float bound) {
    return b.node("Greater", List.of(tensor, b.real(bound)));
  }

  private static String below(Backward b, String tensor, float bound) {
    return b.node("Less", List.of(tensor, b.real(bound)));
  }

  /** 1 where the condition holds, else 0. */
  private static String number(Backward b, String condition) {
    return b.node("Cast", List.of(condition), Attributes.integer("to", DataType.FLOAT.getNumber()));
  }

  private static String times(Backward b, String g, String slope) {
    return b.mul(g, b.gather(slope));
  }
}
