package dev.sightline.server.graph;

import static dev.sightline.server.graph.ExpansionNetwork.RECONSTRUCTION;

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
 * Reads an expansion network and checks that it fits its classifier: what it takes, what it gives,
 * the shape of every tensor between, and that its operators mean the same among the classifier's.
 */
final class ExpansionReader {
  private final GraphProto graph;
  private final Graph classifier;
  private final Map<String, Constant> constants = new LinkedHashMap<>();
  private final List<Layer> layers = new ArrayList<>();
  private final List<Node> nodes;

  ExpansionReader(ModelProto model, Graph classifier) {
    this.graph = model.getGraph();
    this.classifier = classifier;
    if (graph.getNodeCount() == 0) {
      throw new GraphException("the file holds no graph");
    }
    if (graph.getSparseInitializerCount() > 0) {
      throw new GraphException("sparse constants are not supported");
    }
    long opset = opset(model);
    graph.getInitializerList().forEach(this::constant);
    Map<String, Shape> inputs = inputs();
    Shape image = output();
    List<Node> written = new ArrayList<>();
    for (NodeProto proto : graph.getNodeList()) {
      Node node = checked(new Node(proto));
      if (node.operator().equals("Constant")) {
        constant(ConstantNode.value(node));
      } else {
        written.add(node);
      }
    }
    written = inClassifiersOpset(written, opset);
    Set<String> known = new HashSet<>(constants.keySet());
    known.addAll(inputs.keySet());
    this.nodes = Network.needed(TopologicalOrder.of(written, known), Set.of(RECONSTRUCTION));
    if (nodes.isEmpty()) {
      throw new GraphException("output '" + RECONSTRUCTION + "' is computed by no node");
    }
    Shape computed = Shapes.infer(nodes, constants, inputs, Map.of()).shape(RECONSTRUCTION);
    if (!computed.equals(image)) {
      throw new GraphException(
          "output '%s' is computed as %s, and %s is needed"
              .formatted(RECONSTRUCTION, computed, image));
    }
    Set<String> read = new HashSet<>();
    nodes.forEach(node -> read.addAll(node.inputs()));
    constants.keySet().retainAll(read);
  }

  List<Layer> layers() {
    return layers;
  }

  List<Node> nodes() {
    return nodes;
  }

  Map<String, Constant> constants() {
    return constants;
  }

  private void constant(TensorProto tensor) {
    if (constants.put(tensor.getName(), new Constant(tensor)) != null) {
      throw new GraphException("tensor '" + tensor.getName() + "' is defined twice");
    }
  }

  private Map<String, Shape> inputs() {
    Map<String, Shape> shapes = new HashMap<>();
    for (ValueInfoProto input : graph.getInputList()) {
      String name = input.getName();
      if (constants.containsKey(name)) {
        continue;
      }
      if (name.equals(classifier.input().name())) {
        throw new GraphException(
            "input '" + name + "' is the image itself, which is to be rebuilt from layers alone");
      }
      Layer layer = layer(name);
      Shape maps = Shape.of(Shape.BATCH, layer.channels(), layer.height(), layer.width());
      check("input", input, maps, "layer '" + name + "' is");
      shapes.put(name, maps);
      layers.add(layer);
    }
    if (layers.isEmpty()) {
      throw new GraphException("it takes no layer of the classifier");
    }
    return shapes;
  }

  private Layer layer(String name) {
    try {
      return classifier.grid(name);
    } catch (GraphException e) {
      throw new GraphException(
          "input '%s' is none of the classifier's tensors: %s".formatted(name, e.getMessage()), e);
    }
  }

  private Shape output() {
    List<String> names = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    if (!names.equals(List.of(RECONSTRUCTION))) {
      throw new GraphException(
          "the outputs are %s, where one named '%s' is needed".formatted(names, RECONSTRUCTION));
    }
    ImageInput image = classifier.input();
    Shape shape = Shape.of(Shape.BATCH, image.channels(), image.height(), image.width());
    check("output", graph.getOutput(0), shape, "the classifier's input is");
    return shape;
  }

  /** That a declared tensor is float of a shape, with any number of frames. */
  private static void check(String kind, ValueInfoProto value, Shape wanted, String whose) {
    var type = value.getType().getTensorType();
    List<Dimension> dims = type.getShape().getDimList();
    boolean fits =
        type.getElemType() == DataType.FLOAT.getNumber()
            && dims.size() == wanted.rank()
            && !dims.get(0).hasDimValue();
    for (int i = 1; i < dims.size(); i++) {
      fits = fits && dims.get(i).getDimValue() == wanted.dim(i);
    }
    if (!fits) {
      throw new GraphException(
          "%s '%s' is %s, where %s float %s with any number N of frames"
              .formatted(kind, value.getName(), NetworkReader.describe(value), whose, wanted));
    }
  }

  private static Node checked(Node node) {
    if (node.outputs().isEmpty()) {
      throw new GraphException("a node (" + node.operator() + ") has no output");
    }
    if (!node.standard()) {
      throw new GraphException(
          node + " is of the operator set '" + node.proto().getDomain() + "', not of ONNX's own");
    }
    boolean controls =
        node.proto().getAttributeList().stream()
            .map(attribute -> attribute.getType())
            .anyMatch(type -> type == AttributeType.GRAPH || type == AttributeType.GRAPHS);
    if (controls) {
      throw new GraphException(node + " holds a graph of its own; control flow is not supported");
    }
    return node;
  }

  private static long opset(ModelProto model) {
    long opset =
        model.getOpsetImportList().stream()
            .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
            .mapToLong(OperatorSetIdProto::getVersion)
            .findFirst()
            .orElse(0);
    NetworkReader.checkOpset(opset);
    return opset;
  }

  private List<Node> inClassifiersOpset(List<Node> written, long opset) {
    boolean old = opset < OpsetUpgrade.TARGET;
    OpsetUpgrade upgrade = new OpsetUpgrade(this::constant);
    List<Node> upgraded = old ? written.stream().map(upgrade::upgrade).toList() : written;
    long own = Math.max(opset, OpsetUpgrade.TARGET);
    for (Node node : upgraded) {
      if (!OpsetAgreement.same(node, own, classifier.opset())) {
        throw new GraphException(
            "%s is of operator set %d, in which it does not mean what it means in the classifier's, %d; write the expansion network in that one"
                .formatted(node, opset, classifier.opset()));
      }
    }
    return upgraded;
  }
}
