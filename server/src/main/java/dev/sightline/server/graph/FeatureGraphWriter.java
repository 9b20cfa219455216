package dev.sightline.server.graph;

import static dev.sightline.server.graph.FeatureGraph.INPUT;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Writes the part of a network before some of its layers. */
final class FeatureGraphWriter {
  private final ModelProto model;
  private final ImageInput input;
  private final List<Layer> layers;
  private final List<Place> places;
  private final Network network;
  private final List<String> held = new ArrayList<>();

  /**
   * Writes what leads to the layers.
   *
   * @param model the model that the network was read from
   * @param layers different ones, none of them the input
   * @param place how the model holds a layer's maps
   */
  FeatureGraphWriter(
      ModelProto model, Network network, List<Layer> layers, Function<String, Place> place) {
    this.model = model;
    this.input = network.input();
    this.layers = layers;
    this.places = layers.stream().map(Layer::name).map(place).toList();
    Set<String> promised = new HashSet<>(Set.of(INPUT));
    for (int i = 0; i < layers.size(); i++) {
      promised.add(FeatureGraph.output(i));
    }
    Map<String, String> names = WrittenModel.yielding(network, promised);
    names.put(network.input().name(), INPUT);
    for (int i = 0; i < layers.size(); i++) {
      String name = layers.get(i).name();
      if (places.get(i).order() == Place.Order.MAPS) {
        names.put(name, FeatureGraph.output(i));
      }
      held.add(names.getOrDefault(name, name));
    }
    this.network = network.renamed(name -> names.getOrDefault(name, name));
  }

  FeatureGraph write() {
    AddedNodes added = new AddedNodes(network, "features/");
    Map<String, String> outputs = new HashMap<>();
    Set<String> wanted = new HashSet<>();
    for (int i = 0; i < layers.size(); i++) {
      String output = FeatureGraph.output(i);
      wanted.add(output);
      if (places.get(i).order() != Place.Order.MAPS) {
        outputs.put(added.maps(held.get(i), held.get(i), places.get(i)), output);
      }
    }
    List<Node> nodes = new ArrayList<>(network.nodes());
    for (NodeProto node : added.nodes()) {
      nodes.add(new Node(node).renamed(name -> outputs.getOrDefault(name, name)));
    }
    WrittenModel written =
        new WrittenModel(model, network)
            .input(INPUT, input.channels(), input.height(), input.width())
            .nodes(Network.needed(nodes, wanted), added.constants());
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      written.output(
          FeatureGraph.output(i),
          DataType.FLOAT,
          GraphBuilder.BATCH,
          layer.channels(),
          layer.height(),
          layer.width());
    }
    return new FeatureGraph(written.build(), input, layers);
  }
}
