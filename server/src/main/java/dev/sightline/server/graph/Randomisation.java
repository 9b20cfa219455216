package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Draws the weights of a classifier's last layers anew, from the logits towards the image: the
 * cascading parameter randomisation by which Adebayo et al. 2018 tell maps that depend on what a
 * network has learned from maps that do not.
 *
 * <p>A layer is a Conv, ConvTranspose, Gemm, MatMul or Einsum that has weights, and its bias if it
 * is an input of the same node. Each such tensor becomes a sample of the normal distribution that
 * has its own mean and standard deviation, so that signals keep about their strength and only what
 * was learned is lost. What else a network has learned stays: the statistics and scales of
 * normalisations, slopes, embeddings of places. Of a layer whose weights are all equal nothing is
 * lost.
 *
 * <p>A sample follows from the seed and from the place of its layer alone, so that the layers which
 * two randomisations of one seed share have the same weights. Immutable and thread-safe.
 */
public final class Randomisation {
  private static final Set<String> WITH_WEIGHTS =
      Set.of("Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum");

  /** What only moves weights about on their way to their layer. */
  private static final Set<String> MOVES =
      Set.of("Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast");

  private final Graph graph;
  private final long seed;
  private final List<LayerWeights> layers;

  private record LayerWeights(String name, List<Constant> tensors) {}

  /**
   * Finds the layers of a graph.
   *
   * @param seed the same seed gives the same weights
   */
  public Randomisation(Graph graph, long seed) {
    this.graph = graph;
    this.seed = seed;
    this.layers = layers(NetworkReader.read(graph.model()), tensors(graph.model()).keySet());
  }

  private static List<LayerWeights> layers(Network network, Set<String> written) {
    Map<String, Node> producers = new HashMap<>();
    network.nodes().forEach(n -> n.outputs().forEach(output -> producers.put(output, n)));
    Set<String> taken = new HashSet<>();
    List<LayerWeights> layers = new ArrayList<>();
    for (int i = network.nodes().size() - 1; i >= 0; i--) {
      Node node = network.nodes().get(i);
      if (node.standard() && WITH_WEIGHTS.contains(node.operator())) {
        List<Constant> tensors =
            node.inputs().stream()
                .map(input -> constant(input, producers, network.constants()))
                .flatMap(Optional::stream)
                .filter(tensor -> tensor.isFloat() && tensor.shape().elements() > 1)
                // Weights that two layers share are drawn with the first of them.
                .filter(tensor -> written.contains(tensor.name()) && taken.add(tensor.name()))
                .toList();
        if (!tensors.isEmpty()) {
          layers.add(new LayerWeights(node.name(), tensors));
        }
      }
    }
    return List.copyOf(layers);
  }

  /** The constant that a tensor is, or is after having been moved about. */
  private static Optional<Constant> constant(
      String tensor, Map<String, Node> producers, Map<String, Constant> constants) {
    String at = tensor;
    while (!constants.containsKey(at)) {
      Node producer = producers.get(at);
      if (producer == null || !MOVES.contains(producer.operator())) {
        return Optional.empty();
      }
      at = producer.input(0);
    }
    return Optional.of(constants.get(at));
  }

  /** The tensors that the model itself holds, by name. */
  private static Map<String, TensorProto> tensors(ModelProto model) {
    Map<String, TensorProto> tensors = new HashMap<>();
    model.getGraph().getInitializerList().forEach(t -> tensors.put(t.getName(), t));
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (isConstant(node)) {
        tensors.put(node.getOutput(0), ConstantNode.value(new Node(node)));
      }
    }
    return tensors;
  }

  private static boolean isConstant(NodeProto node) {
    return new Node(node).standard() && node.getOpType().equals("Constant");
  }

  /** The names of the layers that have weights, the one that gives the logits first. */
  public List<String> layers() {
    return layers.stream().map(LayerWeights::name).toList();
  }

  /**
   * The graph with the weights of its last layers drawn anew.
   *
   * @param last how many layers, from 0 for the graph as it is to all of {@link #layers}
   * @return shares all other weights with the graph
   */
  public Graph last(int last) {
    if (last < 0 || last > layers.size()) {
      throw new IllegalArgumentException(
          "%d layers are to be randomised of %d".formatted(last, layers.size()));
    }
    Map<String, TensorProto> drawn = new HashMap<>();
    // Generators of seeds that are steps of one sequence would give that sequence to every layer.
    SplittableRandom root = new SplittableRandom(seed);
    for (LayerWeights layer : layers.subList(0, last)) {
      SplittableRandom random = root.split();
      for (Constant tensor : layer.tensors()) {
        drawn.put(tensor.name(), drawn(tensor, random));
      }
    }
    return Graph.of(with(drawn));
  }

  private static TensorProto drawn(Constant tensor, SplittableRandom random) {
    float[] values = tensor.floats();
    double mean = 0;
    for (float value : values) {
      mean += (double) value / values.length;
    }
    double variance = 0;
    for (float value : values) {
      variance += (value - mean) * (value - mean) / values.length;
    }
    double deviation = Math.sqrt(variance);
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      bytes.putFloat((float) (mean + deviation * random.nextGaussian()));
    }
    return tensor.proto().toBuilder()
        .clearFloatData()
        .setRawData(ByteString.copyFrom(bytes.flip()))
        .build();
  }

  private ModelProto with(Map<String, TensorProto> drawn) {
    ModelProto.Builder model = graph.model().toBuilder();
    var body = model.getGraphBuilder();
    for (int i = 0; i < body.getInitializerCount(); i++) {
      TensorProto tensor = drawn.get(body.getInitializer(i).getName());
      if (tensor != null) {
        body.setInitializer(i, tensor);
      }
    }
    for (int i = 0; i < body.getNodeCount(); i++) {
      NodeProto node = body.getNode(i);
      TensorProto tensor = isConstant(node) ? drawn.get(node.getOutput(0)) : null;
      if (tensor != null) {
        body.setNode(
            i,
            node.toBuilder()
                .clearAttribute()
                .addAttribute(
                    AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeType.TENSOR)
                        .setT(tensor)));
      }
    }
    return model.build();
  }
}
