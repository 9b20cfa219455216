package dev.sightline.server.graph;

import static dev.sightline.server.graph.ExpansionNetwork.RECONSTRUCTION;
import static dev.sightline.server.graph.ExplainedGraph.ACTIVATION;
import static dev.sightline.server.graph.ExplainedGraph.CHOSEN;
import static dev.sightline.server.graph.ExplainedGraph.CLASS;
import static dev.sightline.server.graph.ExplainedGraph.FRAME;
import static dev.sightline.server.graph.ExplainedGraph.GRADIENT;
import static dev.sightline.server.graph.ExplainedGraph.INPUT;
import static dev.sightline.server.graph.ExplainedGraph.LOGITS;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes forward pass, choice of classes and backward pass as one graph, and an expansion network
 * behind the forward pass if there is one. The forward nodes stay as they are, but for the names of
 * the tensors that the graph promises, so that engines fuse them as before.
 */
final class ExplainedGraphWriter {
  private static final Set<String> PROMISED =
      Set.of(INPUT, FRAME, CLASS, LOGITS, CHOSEN, ACTIVATION, GRADIENT);
  private static final String ROWS = "R";

  private final ModelProto model;
  private final Network network;
  private final Layer layer;
  private final ReluRule rule;
  private final boolean atInput;
  private final String target;
  private final Optional<Place> place;
  private final @Nullable ExpansionWriter expansion;

  /**
   * Writes one layer's graph.
   *
   * @param model the model that the network was read from
   * @param layer the layer to cut at, which may be the image input itself
   * @param held how the model holds the layer's maps, if it is not N × K × h × w
   * @param rule how the gradient passes kinks
   * @param expansion what rebuilds the input, or null
   */
  ExplainedGraphWriter(
      ModelProto model,
      Network network,
      Layer layer,
      Optional<Place> held,
      ReluRule rule,
      @Nullable ExpansionNetwork expansion) {
    this.model = model;
    this.layer = layer;
    this.rule = rule;
    this.atInput = layer.name().equals(network.input().name());
    this.place = held.filter(as -> !atInput && as.order() != Place.Order.MAPS);
    Map<String, String> names = names(network, layer.name(), place.isEmpty(), expansion != null);
    this.target = names.getOrDefault(layer.name(), layer.name());
    this.network = network.renamed(name -> names.getOrDefault(name, name));
    this.expansion =
        expansion == null
            ? null
            : new ExpansionWriter(expansion, this.network, name -> names.getOrDefault(name, name));
  }

  ModelProto write() {
    Backward backward = new Backward(network, FRAME, CHOSEN);
    String chosen = choose(backward);
    String seed = backward.oneHot(CHOSEN, network.classes());
    backward.seed(seed);
    String gradient = new Differentiation(network, rule).gradient(backward, seed, target);

    Map<String, String> outputs = new HashMap<>(Map.of(chosen, CHOSEN));
    outputs.put(place.map(held -> backward.maps(gradient, held)).orElse(gradient), GRADIENT);
    place.ifPresent(held -> outputs.put(backward.maps(target, held), ACTIVATION));
    List<Node> nodes = new ArrayList<>(network.nodes());
    for (NodeProto node : backward.nodes()) {
      nodes.add(new Node(node).renamed(name -> outputs.getOrDefault(name, name)));
    }
    Map<String, Consumer<GraphBuilder>> constants = new HashMap<>(backward.constants());
    Set<String> wanted = new HashSet<>(Set.of(LOGITS, CHOSEN, ACTIVATION, GRADIENT));
    if (expansion != null) {
      nodes.addAll(expansion.nodes());
      constants.putAll(expansion.constants());
      wanted.add(RECONSTRUCTION);
    }
    return assemble(Network.needed(nodes, wanted), constants);
  }

  /** New names for the promised tensors, and for those of the model that had taken them. */
  private static Map<String, String> names(
      Network network, String layer, boolean asItIs, boolean expanded) {
    Set<String> promised = new HashSet<>(PROMISED);
    if (expanded) {
      promised.add(RECONSTRUCTION);
    }
    Map<String, String> names = WrittenModel.yielding(network, promised);
    if (asItIs && !layer.equals(network.input().name())) {
      names.put(layer, ACTIVATION);
    }
    names.put(network.input().name(), INPUT);
    names.put(network.logits(), LOGITS);
    return names;
  }

  /**
   * The class of each row: as given, or looked up among the frame's most probable where a rank was
   * given.
   */
  private String choose(Backward b) {
    String most = b.integers(ExplainedGraph.ranks(network.classes()));
    String order = b.node("TopK", List.of(LOGITS, most), 2, Attributes.integer("axis", 1)).get(1);
    String ranked = b.node("Gather", List.of(order, FRAME), Attributes.integer("axis", 0));
    String byRank = b.node("Less", List.of(CLASS, b.integer(0)));
    String rank =
        b.node(
            "Where", List.of(byRank, b.node("Sub", List.of(b.integer(-1), CLASS)), b.integer(0)));
    String column = b.node("Reshape", List.of(rank, b.integers(-1, 1)));
    String found = b.node("GatherElements", List.of(ranked, column), Attributes.integer("axis", 1));
    String row = b.node("Reshape", List.of(found, b.integers(-1)));
    return b.node("Where", List.of(byRank, row, CLASS));
  }

  private ModelProto assemble(List<Node> nodes, Map<String, Consumer<GraphBuilder>> constants) {
    ImageInput input = network.input();
    long[] maps = {layer.channels(), layer.height(), layer.width()};
    WrittenModel written =
        new WrittenModel(model, network)
            .input(INPUT, input.channels(), input.height(), input.width())
            .indices(FRAME, ROWS)
            .indices(CLASS, ROWS)
            .nodes(nodes, constants)
            .output(LOGITS, DataType.FLOAT, GraphBuilder.BATCH, network.classes())
            .output(CHOSEN, DataType.INT64, ROWS);
    if (!atInput) {
      written.output(ACTIVATION, DataType.FLOAT, GraphBuilder.BATCH, maps);
    }
    written.output(GRADIENT, DataType.FLOAT, ROWS, maps);
    if (expansion != null) {
      written.output(
          RECONSTRUCTION,
          DataType.FLOAT,
          GraphBuilder.BATCH,
          input.channels(),
          input.height(),
          input.width());
    }
    return written.build();
  }
}
