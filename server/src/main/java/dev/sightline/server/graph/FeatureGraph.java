package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.List;

/**
 * The part of a network that leads from its images to some of its layers, as one stateless ONNX
 * graph: what a decoder is trained on.
 *
 * <p>Input, N dynamic: {@code input}, float N × channels × height × width: the images. Outputs, one
 * a layer and in their order: {@link #output}, float N × K × h × w, however the model holds it.
 *
 * @param model the graph, sharing its weights with the model it was made from
 * @param input the images it takes, under its name in the original model
 * @param layers the layers, each under its name in the original model
 */
public record FeatureGraph(ModelProto model, ImageInput input, List<Layer> layers) {
  /** Name of the input. */
  public static final String INPUT = ExplainedGraph.INPUT;

  /** Copies the list. */
  public FeatureGraph {
    layers = List.copyOf(layers);
  }

  /** Name of the output that is the i-th layer, i from 0. */
  public static String output(int i) {
    return "feature" + i;
  }

  /** The graph as the bytes of an ONNX file; a new array each time. */
  public byte[] onnx() {
    return model.toByteArray();
  }
}
