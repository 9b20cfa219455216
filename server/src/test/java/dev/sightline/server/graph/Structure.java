package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What every written graph must keep to, whatever network it was made from: the rules of ONNX's
 * intermediate representation (docs/IR.md), and that nothing is written in vain. Whether operators
 * take their inputs and attributes is the engine's to say when it loads the graph.
 */
final class Structure {
  /** The versions of the file format that have constants which are no inputs, up to ONNX 1.17's. */
  private static final long OLDEST_IR = 4;

  private static final long NEWEST_IR = 11;

  private Structure() {}

  static void check(ExplainedGraph graph) {
    check(
        graph.model(),
        List.of("input", "frame", "class"),
        Stream.of("logits", "chosen", "activation", "gradient", "reconstruction")
            .filter(output -> !graph.atInput() || !output.equals("activation"))
            .filter(output -> graph.expanded() || !output.equals("reconstruction"))
            .toList());
  }

  static void check(FeatureGraph graph) {
    check(
        graph.model(),
        List.of("input"),
        IntStream.range(0, graph.layers().size()).mapToObj(FeatureGraph::output).toList());
  }

  static void check(InferenceGraph graph) {
    check(graph.model(), List.of("input"), List.of("logits"));
  }

  private static void check(
      ModelProto model, List<String> promisedInputs, List<String> promisedOutputs) {
    GraphProto graph = model.getGraph();
    versions(model);
    assertThat(graph.getName()).as("name of the graph").isNotEmpty();
    assertThat(names(graph.getInputList())).isEqualTo(promisedInputs);
    assertThat(names(graph.getOutputList())).isEqualTo(promisedOutputs);
    graph.getInputList().forEach(Structure::typed);
    graph.getOutputList().forEach(Structure::typed);
    graph.getInitializerList().forEach(Structure::filled);
    assertThat(graph.getSparseInitializerCount()).isZero();
    graph.getNodeList().forEach(Structure::attributes);
    singleAssignment(graph);
    used(graph);
  }

  private static void versions(ModelProto model) {
    assertThat(model.getIrVersion()).as("IR version").isBetween(OLDEST_IR, NEWEST_IR);
    List<String> domains =
        model.getOpsetImportList().stream().map(OperatorSetIdProto::getDomain).toList();
    assertThat(domains).as("imported operator sets").doesNotHaveDuplicates().contains("");
    assertThat(model.getOpsetImportList()).allMatch(opset -> opset.getVersion() > 0);
    assertThat(model.getGraph().getNodeList())
        .as("every operator's set is imported")
        .allMatch(node -> domains.contains(node.getDomain()));
  }

  private static List<String> names(List<ValueInfoProto> values) {
    return values.stream().map(ValueInfoProto::getName).toList();
  }

  /**
   * An input or output states the type of its elements and its shape, each length named or known.
   */
  private static void typed(ValueInfoProto value) {
    TypeProto.Tensor type = value.getType().getTensorType();
    DataType expected =
        Set.of("frame", "class", "chosen").contains(value.getName())
            ? DataType.INT64
            : DataType.FLOAT;
    assertThat(type.getElemType()).as(value.getName()).isEqualTo(expected.getNumber());
    assertThat(type.hasShape()).as("shape of '%s'", value.getName()).isTrue();
    List<Dimension> dims = type.getShape().getDimList();
    assertThat(dims.get(0).getDimParam()).as("rows of '%s'", value.getName()).isNotEmpty();
    assertThat(dims.subList(1, dims.size()))
        .as("shape of '%s'", value.getName())
        .allMatch(dim -> dim.getDimValue() > 0);
  }

  /** A constant holds as many values as its shape says, in one place. */
  private static void filled(TensorProto constant) {
    String name = constant.getName();
    assertThat(name).as("name of a constant").isNotEmpty();
    assertThat(constant.getDataLocation()).as(name).isEqualTo(DataLocation.DEFAULT);
    assertThat(constant.getDimsList()).as("shape of '%s'", name).allMatch(dim -> dim >= 0);
    long elements = constant.getDimsList().stream().reduce(1L, Math::multiplyExact);
    DataType type = DataType.forNumber(constant.getDataType());
    long listed =
        switch (type == null ? DataType.UNDEFINED : type) {
          case FLOAT -> constant.getFloatDataCount();
          case INT64 -> constant.getInt64DataCount();
          case INT8, UINT8, INT32, BOOL -> constant.getInt32DataCount();
          case DOUBLE -> constant.getDoubleDataCount();
          default -> throw new AssertionError("'%s' is of type %s".formatted(name, type));
        };
    if (constant.hasRawData()) {
      int bytes =
          switch (type) {
            case INT64, DOUBLE -> Long.BYTES;
            case BOOL, INT8, UINT8 -> 1;
            default -> Integer.BYTES;
          };
      assertThat(constant.getRawData().size())
          .as("bytes of '%s'", name)
          .isEqualTo(bytes * elements);
      assertThat(listed).as("values of '%s' beside its bytes", name).isZero();
    } else {
      assertThat(listed).as("values of '%s'", name).isEqualTo(elements);
    }
  }

  private static void attributes(NodeProto node) {
    assertThat(node.getOpType()).as("operator of '%s'", node.getName()).isNotEmpty();
    assertThat(node.getOutputCount()).as("outputs of '%s'", node.getName()).isPositive();
    assertThat(node.getAttributeList())
        .as("attributes of '%s'", node.getName())
        .extracting(AttributeProto::getName)
        .doesNotHaveDuplicates()
        .doesNotContain("");
    for (AttributeProto attribute : node.getAttributeList()) {
      boolean rightField =
          switch (attribute.getType()) {
            case FLOAT -> attribute.hasF();
            case INT -> attribute.hasI();
            case STRING -> attribute.hasS();
            case TENSOR -> attribute.hasT();
            case FLOATS -> attribute.getIntsCount() == 0;
            case INTS, STRINGS -> attribute.getFloatsCount() == 0;
            default -> false;
          };
      assertThat(rightField)
          .as("'%s' of '%s' holds its type's value", attribute.getName(), node.getName())
          .isTrue();
    }
  }

  /** Every tensor is defined once, before a node takes it: the nodes are in topological order. */
  private static void singleAssignment(GraphProto graph) {
    Set<String> defined = new HashSet<>(names(graph.getInputList()));
    for (TensorProto constant : graph.getInitializerList()) {
      assertThat(defined.add(constant.getName())).as(constant.getName()).isTrue();
    }
    Set<String> nodes = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      assertThat(node.getName().isEmpty() || nodes.add(node.getName()))
          .as("name of node '%s' is its own", node.getName())
          .isTrue();
      for (String input : node.getInputList()) {
        assertThat(input.isEmpty() || defined.contains(input))
            .as("'%s' is defined before %s takes it", input, node.getName())
            .isTrue();
      }
      for (String output : node.getOutputList()) {
        assertThat(output.isEmpty() || defined.add(output)).as(output).isTrue();
      }
    }
    assertThat(defined).containsAll(names(graph.getOutputList()));
  }

  private static void used(GraphProto graph) {
    Set<String> read = new HashSet<>(names(graph.getOutputList()));
    graph.getNodeList().forEach(node -> read.addAll(node.getInputList()));
    Set<Object> contents = new HashSet<>();
    for (TensorProto constant : graph.getInitializerList()) {
      assertThat(read).as("constant is in use").contains(constant.getName());
      if (constant.getName().startsWith("backward/")) {
        assertThat(contents.add(constant.toBuilder().clearName().build()))
            .as("'%s' is the only constant of its content", constant.getName())
            .isTrue();
      }
    }
    for (NodeProto node : graph.getNodeList()) {
      assertThat(node.getOutputList()).as("node is in use").anyMatch(read::contains);
    }
  }
}
