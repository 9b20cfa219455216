package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Makes a graph take any number of frames that itself moves the batch about, as attention does: it
 * swaps the batch with the tokens, merges it with the heads or with the windows of an image.
 *
 * <p>Read with a batch of one, such a graph is a function of one frame, in which all lengths are
 * known. Every operator of it is given one more axis in front, over which nothing is ever computed:
 * that of the frames. A tensor whose first axis has length one, the batch as it was, needs no
 * other: it is <em>settled</em>, its first axis is that of the frames. Every other tensor is
 * <em>lifted</em>, frames × its own axes, until a change of shape settles it again.
 */
final class Lifting {
  private static final Set<String> POINTWISE =
      Set.of(
          "Identity",
          "Dropout",
          "Relu",
          "LeakyRelu",
          "Clip",
          "Sigmoid",
          "HardSigmoid",
          "HardSwish",
          "Tanh",
          "Erf",
          "Exp",
          "Log",
          "Neg",
          "Abs",
          "Sqrt",
          "Reciprocal",
          "Gelu",
          "Elu",
          "Selu",
          "Celu",
          "Softplus",
          "Softsign",
          "Mish",
          "ThresholdedRelu",
          "Cast");
  private static final Set<String> BROADCAST =
      Set.of("Add", "Sub", "Mul", "Div", "Pow", "Sum", "Max", "Min", "Where", "Expand");
  private static final Set<String> ONE_AXIS =
      Set.of("Softmax", "LogSoftmax", "LayerNormalization", "Concat", "Gather");
  private static final Set<String> SEVERAL_AXES =
      Set.of("ReduceMean", "ReduceSum", "ReduceL2", "ReduceMax", "ReduceMin", "Slice");
  private static final Set<String> RESHAPING = Set.of("Reshape", "Flatten", "Squeeze", "Unsqueeze");

  private final Shapes single;
  private final Map<String, Constant> constants;
  private final Set<String> lifted = new HashSet<>();
  private final Set<String> dependent = new HashSet<>();
  private final Map<String, String> origins = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  /**
   * Starts on a graph.
   *
   * @param single what is known of its tensors with a batch of one
   * @param constants of the graph, to which new ones are added
   */
  Lifting(Shapes single, Map<String, Constant> constants) {
    this.single = single;
    this.constants = constants;
  }

  /**
   * The nodes for any number of frames.
   *
   * @param given in topological order
   * @throws GraphException if a node cannot be lifted; the message names it
   */
  List<Node> lift(List<Node> given, String input) {
    dependent.add(input);
    for (Node node : given) {
      if (single.knowsIntegers(node.output())) {
        continue;
      }
      if (node.inputs().stream().noneMatch(dependent::contains)) {
        nodes.add(withKnownIntegers(node));
        continue;
      }
      dependent.addAll(node.outputs());
      try {
        lift(withKnownIntegers(node));
      } catch (GraphException e) {
        throw new GraphException(node + " moves the batch: " + e.getMessage(), e);
      }
    }
    return nodes;
  }

  private void lift(Node node) {
    String operator = node.standard() ? node.operator() : "";
    boolean settled = node.inputs().stream().noneMatch(lifted::contains);
    if (POINTWISE.contains(operator)) {
      put(node, lifted.contains(node.input(0)));
    } else if (RESHAPING.contains(operator)) {
      reshape(node);
    } else if (BROADCAST.contains(operator)) {
      broadcast(node, settled);
    } else if (operator.equals("MatMul")) {
      matMul(node, settled);
    } else if (operator.equals("Transpose")) {
      transpose(node, settled);
    } else if (ONE_AXIS.contains(operator)) {
      oneAxis(node, settled);
    } else if (SEVERAL_AXES.contains(operator)) {
      severalAxes(node, settled);
    } else if (operator.equals("Gemm") && !settled) {
      gemm(node);
    } else if (settled && single.shape(node.output()).dim(0) == 1) {
      put(node, false);
    } else {
      throw new GraphException("the operator cannot be applied to every frame apart");
    }
  }

  /** The first axis of the one frame's tensor, which that of the frames can take the place of. */
  private boolean settles(String tensor) {
    Shape shape = single.shape(tensor);
    return shape.rank() > 0 && shape.dim(0) == 1;
  }

  private void put(Node node, boolean isLifted) {
    if (!isLifted || !settles(node.output())) {
      nodes.add(node);
      if (isLifted) {
        lifted.add(node.output());
      }
      return;
    }
    String raw = node.output() + "/frames";
    nodes.add(node.renamed(name -> name.equals(node.output()) ? raw : name));
    long[] target = dims(node.output());
    target[0] = -1;
    Node settling = made("Reshape", List.of(raw, integers(target)), node.output());
    nodes.add(new Node(settling.proto().toBuilder().setName(node.output() + "/settled").build()));
  }

  private void reshape(Node node) {
    long[] dims = dims(node.output());
    boolean settles = settles(node.output());
    long[] target = new long[settles ? dims.length : dims.length + 1];
    target[0] = -1;
    System.arraycopy(dims, settles ? 1 : 0, target, 1, target.length - 1);
    nodes.add(made("Reshape", List.of(node.input(0), integers(target)), node.output()));
    if (!settles) {
      lifted.add(node.output());
    }
  }

  private void transpose(Node node, boolean settled) {
    List<Integer> perm = ShapeRules.permutation(node, single.shape(node.input(0)).rank());
    if (settled && perm.get(0) == 0) {
      put(node, false);
      return;
    }
    long[] longer = new long[perm.size() + 1];
    for (int i = 0; i < perm.size(); i++) {
      longer[i + 1] = perm.get(i) + 1L;
    }
    put(
        made(
            "Transpose",
            List.of(frames(node.input(0))),
            node.output(),
            Attributes.integers("perm", longer)),
        true);
  }

  /** Elementwise with broadcasting, by which the axis of the frames must meet no other. */
  private void broadcast(Node node, boolean settled) {
    int rank = single.shape(node.output()).rank();
    boolean plain = settled && settles(node.output()) && sameRank(node.inputs(), rank);
    List<String> inputs = new ArrayList<>();
    for (String input : node.inputs()) {
      inputs.add(plain || !dependent.contains(input) ? input : frames(input, rank));
    }
    put(with(node, inputs), !plain);
  }

  private boolean sameRank(List<String> inputs, int rank) {
    return inputs.stream()
        .filter(dependent::contains)
        .allMatch(input -> single.shape(input).rank() == rank);
  }

  private void matMul(Node node, boolean settled) {
    int rank = single.shape(node.output()).rank();
    boolean left = dependent.contains(node.input(0));
    boolean plain =
        settled
            && settles(node.output())
            && sameRank(node.inputs(), rank)
            && (rank > 2 || (left && !dependent.contains(node.input(1))));
    List<String> inputs = new ArrayList<>();
    for (String input : node.inputs()) {
      inputs.add(plain || !dependent.contains(input) ? input : frames(input, rank));
    }
    put(with(node, inputs), !plain);
  }

  /** A Gemm takes matrices only: it becomes a product and a sum. */
  private void gemm(Node node) {
    boolean plain =
        node.integer("transA", 0) == 0
            && node.real("alpha", 1) == 1
            && node.real("beta", 1) == 1
            && !dependent.contains(node.input(1))
            && !(node.has(2) && dependent.contains(node.input(2)));
    if (!plain) {
      throw new GraphException("the product is scaled or transposed");
    }
    String weights = node.input(1);
    if (node.integer("transB", 0) != 0) {
      weights = node.output() + "/weights";
      nodes.add(
          made("Transpose", List.of(node.input(1)), weights, Attributes.integers("perm", 1, 0)));
    }
    String x = frames(node.input(0));
    if (!node.has(2)) {
      put(made("MatMul", List.of(x, weights), node.output()), true);
      return;
    }
    String product = node.output() + "/product";
    nodes.add(made("MatMul", List.of(x, weights), product));
    put(made("Add", List.of(product, node.input(2)), node.output()), true);
  }

  private void oneAxis(Node node, boolean settled) {
    int rank = single.shape(node.input(0)).rank();
    boolean last = Set.of("Softmax", "LogSoftmax", "LayerNormalization").contains(node.operator());
    int axis = Shape.axis(node.integer("axis", last ? -1 : 0), rank);
    if (node.operator().equals("Gather") && dependent.contains(node.input(1))) {
      throw new GraphException("the indices depend on the image");
    }
    boolean plain = settled && axis > 0;
    List<String> inputs = new ArrayList<>();
    for (String input : node.inputs()) {
      inputs.add(plain || !dependent.contains(input) ? input : frames(input));
    }
    boolean joins = node.operator().equals("Concat");
    if (joins && !dependent.containsAll(node.inputs())) {
      put(made("Sum", padded(with(node, inputs), axis, !plain), node.output()), !plain);
    } else {
      put(withAxis(with(node, inputs), plain ? axis : axis + 1L), !plain);
    }
  }

  /**
   * The parts of a Concat, each with zeros where the others are, to be summed: a constant part,
   * such as a class token, is there once and not once a frame.
   */
  private List<String> padded(Node concat, int axis, boolean isLifted) {
    Shape joined = single.shape(concat.output());
    List<String> parts = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < concat.inputs().size(); i++) {
      String part = concat.input(i);
      boolean frames = !constant(part);
      long length = single.shape(unlifted(part)).dim(axis);
      int more = frames && isLifted ? 1 : 0;
      long[] pads = new long[2 * (joined.rank() + more)];
      pads[axis + more] = at;
      pads[joined.rank() + 2 * more + axis] = joined.dim(axis) - at - length;
      String name = concat.output() + "/part" + i;
      nodes.add(made("Pad", List.of(part, integers(pads)), name));
      parts.add(name);
      at += length;
    }
    return parts;
  }

  private void severalAxes(Node node, boolean settled) {
    Shape in = single.shape(node.input(0));
    boolean slices = node.operator().equals("Slice");
    long[] axes = slices ? sliced(node) : reduced(node, in.rank());
    boolean plain = settled && LongStream.of(axes).noneMatch(axis -> axis == 0);
    if (plain) {
      put(node, false);
      return;
    }
    long[] moved = LongStream.of(axes).map(axis -> axis + 1).toArray();
    Node lifting = with(node, List.of(frames(node.input(0))));
    if (slices) {
      List<String> inputs = new ArrayList<>(node.inputs());
      inputs.set(0, frames(node.input(0)));
      if (inputs.size() < 4) {
        inputs.add("");
      }
      inputs.set(3, integers(moved));
      put(with(node, inputs), true);
    } else if (node.has(1)) {
      put(with(node, List.of(frames(node.input(0)), integers(moved))), true);
    } else {
      put(withAttribute(lifting, Attributes.integers("axes", moved)), true);
    }
  }

  private long[] sliced(Node node) {
    int rank = single.shape(node.input(0)).rank();
    if (!node.has(3)) {
      return LongStream.range(0, single.integers(node.input(1)).length).toArray();
    }
    return LongStream.of(single.integers(node.input(3)))
        .map(axis -> Shape.axis(axis, rank))
        .toArray();
  }

  private long[] reduced(Node node, int rank) {
    List<Integer> axes =
        Axes.of(node, rank, single).orElseThrow(() -> new GraphException("reduces over all axes"));
    return axes.stream().mapToLong(Integer::longValue).toArray();
  }

  /** The lifted form of a tensor of the frames. */
  private String frames(String tensor) {
    return frames(tensor, single.shape(tensor).rank());
  }

  /** The lifted form of a tensor of the frames, with axes of length one in front up to a rank. */
  private String frames(String tensor, int rank) {
    long[] dims = dims(tensor);
    boolean as = lifted.contains(tensor) && dims.length == rank;
    if (as) {
      return tensor;
    }
    String name = tensor + "/frames" + rank;
    if (origins.put(name, tensor) == null) {
      long[] target = new long[rank + 1];
      Arrays.fill(target, 1);
      target[0] = -1;
      System.arraycopy(dims, 0, target, rank + 1 - dims.length, dims.length);
      nodes.add(made("Reshape", List.of(tensor, integers(target)), name));
    }
    return name;
  }

  private String unlifted(String tensor) {
    return origins.getOrDefault(tensor, tensor);
  }

  private boolean constant(String tensor) {
    return !dependent.contains(unlifted(tensor));
  }

  private long[] dims(String tensor) {
    return single.shape(tensor).dims().stream().mapToLong(Long::longValue).toArray();
  }

  /** The node with constants for what was computed from shapes. */
  private Node withKnownIntegers(Node node) {
    return node.renamed(
        name -> {
          boolean computed =
              !name.isEmpty()
                  && node.inputs().contains(name)
                  && single.knowsIntegers(name)
                  && !constants.containsKey(name);
          return computed ? integers(single.shape(name), single.integers(name)) : name;
        });
  }

  private String integers(long... values) {
    return integers(Shape.of(values.length), values);
  }

  private String integers(Shape shape, long[] values) {
    String name = "lifted" + shape + Arrays.toString(values).replace(" ", "");
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(DataType.INT64.getNumber())
            .addAllDims(shape.dims());
    LongStream.of(values).forEach(tensor::addInt64Data);
    constants.putIfAbsent(name, new Constant(tensor.build()));
    return name;
  }

  private static Node made(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    return new Node(
        NodeProto.newBuilder()
            .setName(output)
            .setOpType(operator)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(Arrays.asList(attributes))
            .build());
  }

  private static Node with(Node node, List<String> inputs) {
    return new Node(node.proto().toBuilder().clearInput().addAllInput(inputs).build());
  }

  private static Node withAxis(Node node, long axis) {
    return withAttribute(node, Attributes.integer("axis", axis));
  }

  private static Node withAttribute(Node node, AttributeProto attribute) {
    NodeProto.Builder changed = node.proto().toBuilder().clearAttribute();
    node.proto().getAttributeList().stream()
        .filter(other -> !other.getName().equals(attribute.getName()))
        .forEach(changed::addAttribute);
    return new Node(changed.addAttribute(attribute).build());
  }
}
