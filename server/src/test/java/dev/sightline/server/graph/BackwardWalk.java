package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A backward pass in double precision that follows the definitions of the ReLU rules word for word:
 * at a kink the formula of the rule, everywhere else the derivative of that one operator, found by
 * moving each of its inputs a little. It shares nothing with what writes graphs.
 */
final class BackwardWalk {
  private static final double STEP = 1e-6;

  private final ModelProto model;
  private final ReluRule rule;

  BackwardWalk(ModelProto model, ReluRule rule) {
    this.model = model;
    this.rule = rule;
  }

  /** The gradient of one logit of one frame with respect to the input. */
  double[] toInput(DoubleTensor image, int chosen) {
    Map<String, DoubleTensor> values = new DoubleInterpreter(model).run(Map.of("input", image));
    Map<String, double[]> gradients = new HashMap<>();
    double[] seed = new double[DoubleInterpreter.value(values, "logits").values().length];
    seed[chosen] = 1;
    gradients.put("logits", seed);
    List<NodeProto> nodes = model.getGraph().getNodeList();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = new Node(nodes.get(i));
      double[] g = gradients.get(node.output());
      if (g != null) {
        back(node, g, values, gradients);
      }
    }
    return Objects.requireNonNull(gradients.get("input"));
  }

  private void back(
      Node node, double[] g, Map<String, DoubleTensor> values, Map<String, double[]> gradients) {
    List<DoubleTensor> in = new ArrayList<>();
    node.inputs().forEach(name -> in.add(DoubleInterpreter.value(values, name)));
    for (int input = 0; input < in.size(); input++) {
      String name = node.inputs().get(input);
      boolean constant =
          model.getGraph().getInitializerList().stream().anyMatch(c -> c.getName().equals(name));
      if (!constant) {
        double[] part = kink(node) ? atKink(node, g, in) : numerical(node, g, in, input);
        gradients.merge(name, part, BackwardWalk::sum);
      }
    }
  }

  private static boolean kink(Node node) {
    return List.of("Relu", "Clip", "LeakyRelu").contains(node.operator());
  }

  private double[] atKink(Node node, double[] g, List<DoubleTensor> in) {
    double[] x = in.get(0).values();
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double slope =
          switch (node.operator()) {
            case "Relu" -> x[i] > 0 ? 1 : 0;
            case "LeakyRelu" -> x[i] > 0 ? 1 : node.real("alpha", 0.01f);
            default -> x[i] > in.get(1).values()[0] && x[i] < in.get(2).values()[0] ? 1 : 0;
          };
      double positive = Math.max(g[i], 0);
      out[i] =
          switch (rule) {
            case PLAIN -> g[i] * slope;
            case GUIDED -> positive * slope;
            case DECONVNET -> positive;
          };
    }
    return out;
  }

  private static double[] numerical(Node node, double[] g, List<DoubleTensor> in, int input) {
    DoubleTensor x = in.get(input);
    double[] out = new double[x.values().length];
    for (int i = 0; i < out.length; i++) {
      double[] up = moved(node, in, input, i, STEP);
      double[] down = moved(node, in, input, i, -STEP);
      for (int o = 0; o < g.length; o++) {
        out[i] += g[o] * (up[o] - down[o]) / (2 * STEP);
      }
    }
    return out;
  }

  private static double[] moved(Node node, List<DoubleTensor> in, int input, int at, double by) {
    List<DoubleTensor> moved = new ArrayList<>(in);
    moved.set(input, in.get(input).nudged(at, by));
    return DoubleInterpreter.compute(node, moved).values();
  }

  private static double[] sum(double[] a, double[] b) {
    double[] sum = a.clone();
    Arrays.setAll(sum, i -> a[i] + b[i]);
    return sum;
  }
}
