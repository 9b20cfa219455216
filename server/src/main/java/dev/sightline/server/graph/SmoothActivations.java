package dev.sightline.server.graph;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the nodes by which a network is smooth where others have the kink of a ReLU: activations
 * that are one operator, and those that exporters write as a tensor times a function of itself.
 */
final class SmoothActivations {
  /** Smooth in whatever place, and what they are called. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          entry("Celu", "CELU"),
          entry("Elu", "ELU"),
          entry("Erf", "the error function of GELU"),
          entry("Gelu", "GELU"),
          entry("HardSwish", "HardSwish"),
          entry("Mish", "Mish"),
          entry("Selu", "SELU"),
          entry("Softplus", "Softplus"),
          entry("Softsign", "Softsign"),
          entry("Swish", "SiLU"),
          entry("Tanh", "tanh"));

  /** An activation, or a gate if it is multiplied into another tensor. */
  private static final Set<String> GATES = Set.of("Sigmoid", "HardSigmoid");

  /** What x times a function of x is called, by what bends that function. */
  private static final Map<String, String> PRODUCTS =
      Map.of(
          "Sigmoid", "SiLU, x·Sigmoid(x)",
          "Exp", "SiLU, x·Sigmoid(x)",
          "HardSigmoid", "HardSwish, x·HardSigmoid(x)",
          "Clip", "HardSwish, x·HardSigmoid(x)",
          "Erf", "GELU, x·(1 + erf(x/√2))/2",
          "Tanh", "a product x·f(tanh) as GELU and Mish are");

  /** Functions of one number that are no straight line. */
  private static final Set<String> BENT =
      Set.of(
          "Abs",
          "Clip",
          "Elu",
          "Erf",
          "Exp",
          "HardSigmoid",
          "LeakyRelu",
          "Log",
          "Relu",
          "Sigmoid",
          "Softplus",
          "Tanh");

  /** Functions of one number, or of several that may all come from one. */
  private static final Set<String> POINTWISE =
      Set.of("Add", "Div", "Dropout", "Identity", "Mul", "Neg", "Pow", "Reciprocal", "Sub", "Sum");

  /** What leaves a gate a gate. */
  private static final Set<String> KEEPING =
      Set.of("Dropout", "Expand", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze");

  private static final Set<String> ARITHMETIC = Set.of("Add", "Div", "Mul", "Sub");

  /** The tensor that another is a function of, number by number, and what bends that function. */
  private record Origin(String tensor, Optional<String> bent) {}

  private final Network network;
  private final Set<String> seeing;
  private final Map<String, List<Node>> consumers;
  private final Map<String, Origin> origins = new HashMap<>();

  private SmoothActivations(Network network) {
    this.network = network;
    this.seeing = network.dependents(network.input().name());
    this.consumers = network.consumers();
  }

  /** For the output of each such node the activation that it is, in words. */
  static Map<String, String> of(Network network) {
    return new SmoothActivations(network).find();
  }

  private Map<String, String> find() {
    Map<String, String> found = new HashMap<>();
    for (Node node : network.carryingNodes()) {
      if (!node.standard() || !seeing.contains(node.output())) {
        continue;
      }
      List<Origin> from = seen(node).stream().map(this::origin).toList();
      Optional<String> product = product(node, from);
      if (product.isPresent()) {
        found.put(node.output(), product.get());
      } else if (NAMES.containsKey(node.operator())) {
        found.put(node.output(), NAMES.get(node.operator()));
      } else if (GATES.contains(node.operator()) && !gates(node.output())) {
        found.put(node.output(), node.operator() + " in the place of a ReLU");
      }
      follow(node, from);
    }
    return found;
  }

  private List<String> seen(Node node) {
    return node.inputs().stream().filter(seeing::contains).toList();
  }

  private Origin origin(String tensor) {
    return origins.getOrDefault(tensor, new Origin(tensor, Optional.empty()));
  }

  private void follow(Node node, List<Origin> from) {
    boolean bends = BENT.contains(node.operator());
    boolean one = from.stream().map(Origin::tensor).distinct().count() == 1;
    if (one && (bends || POINTWISE.contains(node.operator()))) {
      Optional<String> bent =
          bends
              ? Optional.of(node.operator())
              : from.stream().flatMap(each -> each.bent().stream()).findFirst();
      origins.put(node.output(), new Origin(from.get(0).tensor(), bent));
    }
  }

  /** The name of x · f(x) or x / f(x), unless that is the square of x or the like. */
  private static Optional<String> product(Node node, List<Origin> from) {
    boolean ofOne =
        Set.of("Mul", "Div").contains(node.operator())
            && from.size() == 2
            && from.get(0).tensor().equals(from.get(1).tensor());
    return ofOne
        ? from.stream()
            .flatMap(each -> each.bent().stream())
            .findFirst()
            .map(bent -> PRODUCTS.getOrDefault(bent, "a product of x and a function of x"))
        : Optional.empty();
  }

  /** True if a tensor is only multiplied into others, or is itself the network's answer. */
  private boolean gates(String tensor) {
    List<String> open = new ArrayList<>(List.of(tensor));
    while (!open.isEmpty()) {
      for (Node node : consumers.getOrDefault(open.remove(open.size() - 1), List.of())) {
        boolean several = seen(node).size() > 1;
        if (several ? !node.operator().equals("Mul") : !keeps(node)) {
          return false;
        }
        if (!several) {
          open.add(node.output());
        }
      }
    }
    return true;
  }

  private static boolean keeps(Node node) {
    return KEEPING.contains(node.operator()) || ARITHMETIC.contains(node.operator());
  }
}
