package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a {@link Network} of a model: checks it, brings its nodes into order, finds the image input
 * and the logits, drops a final Softmax and all that the logits do not need, and frees a graph that
 * is fixed to one frame for any number of them.
 */
final class NetworkReader {
  private static final int NEWEST_OPSET = 23;

  private final GraphProto graph;
  private final Map<String, Long> opsets = new HashMap<>();
  private final Map<String, Constant> constants = new LinkedHashMap<>();
  private final Map<String, String> aliases = new HashMap<>();
  private List<Node> nodes = new ArrayList<>();
  private boolean movesBatch;

  private NetworkReader(ModelProto model) {
    if (model.getIrVersion() < 0 || model.getIrVersion() > Integer.MAX_VALUE) {
      throw new GraphException("there is no IR version " + model.getIrVersion());
    }
    graph = model.getGraph();
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      opsets.put(opset.getDomain().equals("ai.onnx") ? "" : opset.getDomain(), opset.getVersion());
    }
  }

  static Network read(ModelProto model) {
    return new NetworkReader(model).read();
  }

  private Network read() {
    if (graph.getNodeCount() == 0) {
      throw new GraphException("the model holds no graph");
    }
    if (graph.getSparseInitializerCount() > 0) {
      throw new GraphException("sparse constants are not supported");
    }
    graph.getInitializerList().forEach(this::constant);
    ImageInput input = imageInput();
    graph.getNodeList().forEach(this::node);
    upgrade();
    Set<String> known = new HashSet<>(constants.keySet());
    known.add(input.name());
    nodes = TopologicalOrder.of(nodes, known);
    splitEvenly(input);

    Shapes shapes = infer(input);
    if (outputs().stream().noneMatch(shapes::knows) && lifted(input)) {
      shapes = infer(input);
    }
    LogitsFinder finder = new LogitsFinder(outputs(), nodes, shapes);
    String logits = finder.find();
    nodes = finder.nodes();
    nodes = Network.needed(nodes, Set.of(logits));
    free(shapes);
    Map<String, Constant> used = new LinkedHashMap<>(constants);
    Set<String> read = new HashSet<>();
    nodes.forEach(node -> read.addAll(node.inputs()));
    used.keySet().retainAll(read);
    return new Network(
        List.copyOf(nodes), Map.copyOf(used), input, logits, infer(input), Map.copyOf(opsets));
  }

  private void constant(TensorProto tensor) {
    if (constants.put(tensor.getName(), new Constant(tensor)) != null) {
      throw new GraphException("tensor '" + tensor.getName() + "' is defined twice");
    }
  }

  private ImageInput imageInput() {
    List<ValueInfoProto> inputs =
        graph.getInputList().stream().filter(i -> !constants.containsKey(i.getName())).toList();
    if (inputs.size() != 1) {
      throw new GraphException(
          "the model has "
              + inputs.size()
              + " inputs "
              + inputs.stream().map(ValueInfoProto::getName).toList()
              + "; a classifier of images has one");
    }
    ValueInfoProto input = inputs.get(0);
    var type = input.getType().getTensorType();
    List<Dimension> dims = type.getShape().getDimList();
    if (type.getElemType() != DataType.FLOAT.getNumber() || dims.size() != 4) {
      throw new GraphException(
          "input '"
              + input.getName()
              + "' is not a float32 image input N×3×H×W, but "
              + describe(input));
    }
    long[] size = dims.stream().skip(1).mapToLong(Dimension::getDimValue).toArray();
    if (size[0] < 1 || size[1] < 1 || size[2] < 1 || dims.get(0).getDimValue() > 1) {
      throw new GraphException(
          "input '"
              + input.getName()
              + "' must have fixed channels, height and width and a batch of any size or of one, but is "
              + describe(input));
    }
    return new ImageInput(input.getName(), (int) size[0], (int) size[1], (int) size[2]);
  }

  /** The type and shape of an input or output, in words. */
  static String describe(ValueInfoProto value) {
    var type = value.getType().getTensorType();
    DataType element = DataType.forNumber(type.getElemType());
    return (element == null ? "of unknown type" : element.name().toLowerCase(java.util.Locale.ROOT))
        + " "
        + type.getShape().getDimList().stream()
            .map(d -> d.hasDimValue() ? Long.toString(d.getDimValue()) : "?")
            .toList();
  }

  /** Takes a node in; a Constant becomes a constant and an Identity of one disappears. */
  private void node(NodeProto proto) {
    if (proto.getOutputCount() == 0) {
      return;
    }
    for (AttributeProto attribute : proto.getAttributeList()) {
      if (attribute.getType() == AttributeType.GRAPH
          || attribute.getType() == AttributeType.GRAPHS) {
        throw new GraphException(
            new Node(proto) + " holds a graph of its own; control flow is not supported");
      }
    }
    Node node = new Node(proto).renamed(name -> aliases.getOrDefault(name, name));
    if (node.standard() && node.operator().equals("Constant")) {
      constant(ConstantNode.value(node));
    } else if (node.standard()
        && node.operator().equals("Identity")
        && constants.containsKey(node.input(0))) {
      aliases.put(node.output(), node.input(0));
    } else {
      nodes.addAll(node.standard() ? simpler(node) : List.of(node));
    }
  }

  private List<Node> simpler(Node node) {
    return switch (node.operator()) {
      case "Split" -> new SplitSlices(constants, this::constant).of(node);
      case "Softmax" -> List.of(withOldAxis(node));
      default -> EinsumProducts.of(node);
    };
  }

  /** The axis that a Softmax means which names none, before operator set 13. */
  private Node withOldAxis(Node node) {
    return opsets.getOrDefault("", 0L) >= 13 || node.attribute("axis").isPresent()
        ? node
        : new Node(node.proto().toBuilder().addAttribute(Attributes.integer("axis", 1)).build());
  }

  /** Writes each Split that states no lengths as slices, one behind the other. */
  private void splitEvenly(ImageInput input) {
    SplitSlices slices = new SplitSlices(constants, this::constant);
    boolean more = nodes.stream().anyMatch(SplitSlices::even);
    while (more) {
      Shapes single = Shapes.infer(nodes, constants, input, 1, Map.of());
      List<Node> written = new ArrayList<>();
      for (Node node : nodes) {
        boolean known = SplitSlices.even(node) && single.knows(node.input(0));
        written.addAll(known ? slices.even(node, single.shape(node.input(0))) : List.of(node));
      }
      more = written.size() > nodes.size() && written.stream().anyMatch(SplitSlices::even);
      nodes = written;
    }
  }

  /** That this room knows the operators of a version of ONNX's own set. */
  static void checkOpset(long opset) {
    if (opset < OpsetUpgrade.OLDEST || opset > NEWEST_OPSET) {
      throw new GraphException(
          "operator set "
              + opset
              + " is not supported, only "
              + OpsetUpgrade.OLDEST
              + " to "
              + NEWEST_OPSET);
    }
  }

  private void upgrade() {
    long opset = opsets.getOrDefault("", 0L);
    checkOpset(opset);
    if (opset < OpsetUpgrade.TARGET) {
      nodes =
          new ArrayList<>(nodes.stream().map(new OpsetUpgrade(this::constant)::upgrade).toList());
      opsets.put("", (long) OpsetUpgrade.TARGET);
    }
  }

  private List<String> outputs() {
    return graph.getOutputList().stream()
        .map(ValueInfoProto::getName)
        .map(name -> aliases.getOrDefault(name, name))
        .toList();
  }

  private Shapes infer(ImageInput input) {
    Map<String, Shape> declared = new HashMap<>();
    for (ValueInfoProto value : graph.getValueInfoList()) {
      var type = value.getType().getTensorType();
      List<Dimension> dims = type.getShape().getDimList();
      if (!movesBatch
          && type.getElemType() == DataType.FLOAT.getNumber()
          && !dims.isEmpty()
          && dims.get(0).getDimValue() <= 1
          && dims.stream().skip(1).allMatch(dim -> dim.getDimValue() > 0)) {
        List<Long> shape = new ArrayList<>(dims.stream().map(Dimension::getDimValue).toList());
        shape.set(0, Shape.BATCH);
        declared.put(value.getName(), new Shape(shape));
      }
    }
    return Shapes.infer(nodes, constants, input, Shape.BATCH, declared);
  }

  /** Lifts a graph that moves its batch about, if that can be done. */
  private boolean lifted(ImageInput input) {
    List<Node> needed = Network.needed(nodes, Set.copyOf(outputs()));
    Map<String, Constant> more = new LinkedHashMap<>(constants);
    try {
      Shapes single = Shapes.infer(needed, constants, input, 1, Map.of());
      nodes = new ArrayList<>(new Lifting(single, more).lift(needed, input.name()));
    } catch (GraphException e) {
      return false;
    }
    constants.putAll(more);
    movesBatch = true;
    return true;
  }

  /** Gives the Reshapes that are fixed to one frame a target that takes any number. */
  private void free(Shapes shapes) {
    nodes =
        nodes.stream()
            .map(
                node -> {
                  long[] target = shapes.freed().get(node.output());
                  if (target == null) {
                    return node;
                  }
                  TensorProto.Builder constant =
                      TensorProto.newBuilder()
                          .setName(node.output() + "/shape")
                          .setDataType(DataType.INT64.getNumber())
                          .addDims(target.length);
                  for (long dim : target) {
                    constant.addInt64Data(dim);
                  }
                  constant(constant.build());
                  return new Node(node.proto().toBuilder().setInput(1, constant.getName()).build());
                })
            .toList();
  }
}
