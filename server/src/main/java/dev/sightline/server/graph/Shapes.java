package dev.sightline.server.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What is known of a graph's tensors before it runs: their shapes, the values of the small integer
 * tensors that shapes are computed with, and for the rest why nothing is known.
 */
final class Shapes {
  /** Stands for the number of frames among the values of an integer tensor. */
  static final long FRAMES = Long.MIN_VALUE;

  /** No tensor has more axes, so no list of a scale an axis is longer. */
  private static final int AXES = 8;

  private final Map<String, Shape> shapes = new HashMap<>();
  private final Map<String, long[]> integers = new HashMap<>();
  private final Map<String, float[]> reals = new HashMap<>();
  private final Map<String, String> obstacles = new HashMap<>();
  private final Map<String, long[]> freed = new HashMap<>();

  private Shapes() {}

  /**
   * Infers what can be known.
   *
   * @param nodes in topological order
   * @param batch number of frames, which may be {@link Shape#BATCH}
   * @param declared shapes that the model states, believed where inference does not come to an own
   *     result
   */
  static Shapes infer(
      List<Node> nodes,
      Map<String, Constant> constants,
      ImageInput input,
      long batch,
      Map<String, Shape> declared) {
    return infer(
        nodes,
        constants,
        Map.of(input.name(), Shape.of(batch, input.channels(), input.height(), input.width())),
        declared);
  }

  /** Infers what can be known of a graph whose inputs have these shapes. */
  static Shapes infer(
      List<Node> nodes,
      Map<String, Constant> constants,
      Map<String, Shape> inputs,
      Map<String, Shape> declared) {
    Shapes known = new Shapes();
    known.shapes.putAll(inputs);
    constants.forEach((name, constant) -> known.put(name, constant));
    for (Node node : nodes) {
      known.infer(node, declared);
    }
    return known;
  }

  private void put(String name, Constant constant) {
    shapes.put(name, constant.shape());
    if (constant.isInteger() && constant.shape().rank() <= 1) {
      integers.put(name, constant.integers());
    }
    if (constant.isFloat() && constant.shape().rank() == 1 && constant.shape().dim(0) <= AXES) {
      reals.put(name, constant.floats());
    }
  }

  private void infer(Node node, Map<String, Shape> declared) {
    long[] values = IntegerFolding.fold(node, this);
    if (values != null) {
      integers.put(node.output(), values);
      shapes.put(
          node.output(),
          switch (IntegerFolding.rank(node, this)) {
            case 0 -> Shape.of();
            case 1 -> Shape.of(values.length);
            default -> ShapeRules.shape(node, this);
          });
      return;
    }
    try {
      shapes.put(node.output(), ShapeRules.shape(node, this));
    } catch (GraphException e) {
      obstacles.put(node.output(), e.getMessage());
    }
    for (String output : node.outputs()) {
      if (!shapes.containsKey(output) && declared.containsKey(output)) {
        shapes.put(output, declared.get(output));
      }
    }
  }

  boolean knows(String tensor) {
    return shapes.containsKey(tensor);
  }

  Shape shape(String tensor) {
    Shape shape = shapes.get(tensor);
    if (shape == null) {
      throw new GraphException(
          obstacles.getOrDefault(tensor, "the shape of tensor '" + tensor + "' is unknown"));
    }
    return shape;
  }

  boolean knowsIntegers(String tensor) {
    return integers.containsKey(tensor);
  }

  /** The values of an integer tensor, with {@link #FRAMES} for the number of frames. */
  long[] integers(String tensor) {
    long[] values = integers.get(tensor);
    if (values == null) {
      throw new GraphException("integer tensor '" + tensor + "' is not constant");
    }
    return values.clone();
  }

  /** The values of a short vector of constant numbers, such as a scale an axis. */
  float[] reals(String tensor) {
    float[] values = reals.get(tensor);
    if (values == null) {
      throw new GraphException("tensor '" + tensor + "' is no short vector of constant numbers");
    }
    return values.clone();
  }

  /** Notes that a Reshape is fixed to one frame and by which target it would take any number. */
  void free(Node reshape, long[] target) {
    freed.put(reshape.output(), target);
  }

  /** Targets for the Reshapes that are fixed to one frame, by output. */
  Map<String, long[]> freed() {
    return freed;
  }

  Shapes renamed(UnaryOperator<String> names) {
    Shapes renamed = new Shapes();
    shapes.forEach((name, shape) -> renamed.shapes.put(names.apply(name), shape));
    reals.forEach((name, values) -> renamed.reals.put(names.apply(name), values));
    integers.forEach((name, values) -> renamed.integers.put(names.apply(name), values));
    obstacles.forEach((name, why) -> renamed.obstacles.put(names.apply(name), why));
    return renamed;
  }
}
