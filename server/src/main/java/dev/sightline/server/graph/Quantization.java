package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A classifier to be written for arithmetic of 8 bits, as engines run it on processors without a
 * GPU: every tensor between the convolutions before its last map is quantised to a byte (uint8, a
 * scale and a zero point a tensor), weights to int8 (symmetric, a scale for each output channel),
 * biases to int32. It is written with ONNX's QuantizeLinear and DequantizeLinear around the float
 * operators (QDQ), which engines fuse into those of integers. What is behind the last map stays
 * float32, as does its gradient.
 *
 * <p>Names of layers stay as they are: a layer is what was quantised and brought back, as the
 * layers behind it read it. Immutable and thread-safe.
 */
public final class Quantization {
  /** Operators that compute with bytes where all that they take and give is quantised. */
  private static final Set<String> OPERATORS = Set.of("Add", "Concat", "Conv", "MaxPool");

  private static final Set<String> ACTIVATIONS = Set.of("Clip", "Relu");

  /** Scales for each channel came with this operator set. */
  private static final int OLDEST_OPSET = 13;

  private static final String LEAST = FeatureGraph.output(0);
  private static final String GREATEST = FeatureGraph.output(1);
  private static final String MEANS = FeatureGraph.output(2);

  /**
   * How large the values are that become bytes, in the order of this quantisation's tensors.
   *
   * @param least the least value of each tensor; what lies below it becomes as much
   * @param greatest likewise the greatest
   * @param means of each channel of each tensor that is convolved
   */
  public record Measured(float[] least, float[] greatest, float[] means) {}

  private final ModelProto model;
  private final Network network;
  private final Set<Node> integer = new HashSet<>();
  private final List<String> tensors;
  private final List<String> convolved;

  /**
   * Looks for what can be quantised.
   *
   * @param model the model that the network was read from
   * @param last the last map; null quantises the whole network
   */
  Quantization(ModelProto model, Network network, @Nullable Layer last) {
    this.model = model;
    this.network = network;
    if (network.opset() < OLDEST_OPSET) {
      throw new GraphException(
          "the model is of operator set %d, and scales a channel came with %d: export it anew"
              .formatted(network.opset(), OLDEST_OPSET));
    }
    Set<String> quantised = new LinkedHashSet<>();
    Map<String, List<Node>> consumers = network.consumers();
    String end = last == null ? network.logits() : last.name();
    for (Node node : Network.needed(network.nodes(), Set.of(end))) {
      if (!canBeInteger(node)) {
        continue;
      }
      integer.add(node);
      inputs(node).forEach(quantised::add);
      quantised.add(activated(node, consumers));
    }
    if (integer.stream().noneMatch(node -> node.operator().equals("Conv"))) {
      throw new GraphException("there is no convolution that could compute with bytes");
    }
    tensors = List.copyOf(quantised);
    convolved = tensors.stream().filter(this::isConvolved).toList();
  }

  private boolean canBeInteger(Node node) {
    if (!node.standard()
        || !OPERATORS.contains(node.operator())
        || !network.shapes().knows(node.output())) {
      return false;
    }
    return inputs(node).stream().allMatch(this::ofFrames)
        && (!node.operator().equals("Conv") || isConstant(node));
  }

  private boolean isConvolved(String tensor) {
    return integer.stream()
        .anyMatch(node -> node.operator().equals("Conv") && node.input(0).equals(tensor));
  }

  private int channels(String tensor) {
    return Math.toIntExact(network.shapes().shape(tensor).dim(1));
  }

  private boolean ofFrames(String tensor) {
    return network.shapes().knows(tensor) && network.shapes().shape(tensor).batched();
  }

  private boolean isConstant(Node conv) {
    Constant weights = network.constants().get(conv.input(1));
    return weights != null
        && weights.isFloat()
        && (!conv.has(2) || network.constants().containsKey(conv.input(2)));
  }

  /** The tensors of a frame that it computes with. */
  private static List<String> inputs(Node node) {
    return node.operator().equals("Conv") ? List.of(node.input(0)) : node.inputs();
  }

  /** What comes out behind the activation that alone takes the node's output. */
  private String activated(Node node, Map<String, List<Node>> consumers) {
    List<Node> takers = consumers.getOrDefault(node.output(), List.of());
    return takers.size() == 1
            && takers.get(0).standard()
            && ACTIVATIONS.contains(takers.get(0).operator())
            && !node.output().equals(network.logits())
        ? takers.get(0).output()
        : node.output();
  }

  /** The number of convolutions that will compute with bytes. */
  public int convolutions() {
    return (int) integer.stream().filter(node -> node.operator().equals("Conv")).count();
  }

  /**
   * The graph that tells an image's {@link Measured}: three layers of one cell, whose channels are
   * the least values, the greatest values and the means.
   */
  public FeatureGraph ranges() {
    Map<String, String> names =
        WrittenModel.yielding(network, Set.of(FeatureGraph.INPUT, LEAST, GREATEST, MEANS));
    names.put(network.input().name(), FeatureGraph.INPUT);
    Network renamed = network.renamed(name -> names.getOrDefault(name, name));
    AddedNodes added = new AddedNodes(renamed, "ranges/");
    List<String> least = new ArrayList<>();
    List<String> greatest = new ArrayList<>();
    for (String tensor : tensors) {
      String name = names.getOrDefault(tensor, tensor);
      String flat = added.node(tensor, "Flatten", List.of(name), 1).get(0);
      least.add(extreme(added, tensor, flat, 0));
      greatest.add(extreme(added, tensor, flat, 1));
    }
    List<String> means = new ArrayList<>();
    int channels = 0;
    for (String tensor : convolved) {
      String name = names.getOrDefault(tensor, tensor);
      String mean = added.node(tensor, "GlobalAveragePool", List.of(name), 1).get(0);
      means.add(added.node(tensor, "Flatten", List.of(mean), 1).get(0));
      channels += channels(tensor);
    }
    Map<String, String> outputs =
        Map.of(
            joined(added, least, least.size()),
            LEAST,
            joined(added, greatest, greatest.size()),
            GREATEST,
            joined(added, means, channels),
            MEANS);
    List<Node> nodes = new ArrayList<>(renamed.nodes());
    for (NodeProto node : added.nodes()) {
      nodes.add(new Node(node).renamed(name -> outputs.getOrDefault(name, name)));
    }
    ImageInput input = network.input();
    WrittenModel written =
        new WrittenModel(model, renamed)
            .input(FeatureGraph.INPUT, input.channels(), input.height(), input.width())
            .nodes(Network.needed(nodes, Set.of(LEAST, GREATEST, MEANS)), added.constants())
            .output(LEAST, DataType.FLOAT, GraphBuilder.BATCH, tensors.size(), 1, 1)
            .output(GREATEST, DataType.FLOAT, GraphBuilder.BATCH, tensors.size(), 1, 1)
            .output(MEANS, DataType.FLOAT, GraphBuilder.BATCH, channels, 1, 1);
    return new FeatureGraph(
        written.build(),
        input,
        List.of(
            new Layer(LEAST, "TopK", tensors.size(), 1, 1),
            new Layer(GREATEST, "TopK", tensors.size(), 1, 1),
            new Layer(MEANS, "GlobalAveragePool", channels, 1, 1)));
  }

  /** A TopK of one: the reductions take their axes in another way in every few operator sets. */
  private static String extreme(AddedNodes added, String at, String flat, long largest) {
    return added
        .node(
            at,
            "TopK",
            List.of(flat, added.integers(1)),
            2,
            Attributes.integer("axis", 1),
            Attributes.integer("largest", largest))
        .get(0);
  }

  private static String joined(AddedNodes added, List<String> columns, long count) {
    String all = added.node("all", "Concat", columns, 1, Attributes.integer("axis", 1)).get(0);
    return added.node("all", "Reshape", List.of(all, added.integers(-1, count, 1, 1)), 1).get(0);
  }

  /**
   * Writes the quantised classifier.
   *
   * @param measured what {@link #ranges} gave over images
   * @param weightBits bits of a weight, 7 or 8. Eight are more exact, but processors of the x86
   *     family without instructions for products of bytes (VNNI) add two of them in 16 bits, which
   *     2 · 255 · 127 does not fit: there, seven are right and eight are not
   * @throws IllegalArgumentException if it was measured on something else, if a range is not
   *     finite, or for other bits
   */
  public ModelProto quantized(Measured measured, int weightBits) {
    if (weightBits != 7 && weightBits != 8) {
      throw new IllegalArgumentException("weights of %d bits".formatted(weightBits));
    }
    int channels = convolved.stream().mapToInt(this::channels).sum();
    if (measured.least.length != tensors.size()
        || measured.greatest.length != tensors.size()
        || measured.means.length != channels) {
      throw new IllegalArgumentException("measured on another network");
    }
    Map<String, UnsignedBytes> bytes = new HashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      bytes.put(tensors.get(i), UnsignedBytes.of(measured.least[i], measured.greatest[i]));
    }
    // In order, so that a pooling of a pooling has the range of what is first pooled.
    for (Node node : network.nodes()) {
      if (integer.contains(node) && node.operator().equals("MaxPool")) {
        bytes.put(node.output(), bytes.get(node.input(0)));
      }
    }
    Map<String, float[]> means = new HashMap<>();
    int from = 0;
    for (String tensor : convolved) {
      means.put(tensor, Arrays.copyOfRange(measured.means, from, from + channels(tensor)));
      from += channels(tensor);
    }
    return new QuantizedWriter(model, network, integer, bytes, means, weightBits).write();
  }
}
