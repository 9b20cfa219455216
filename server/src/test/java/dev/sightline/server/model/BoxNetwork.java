package dev.sightline.server.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.image.ChannelOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Convolutions of 3 × 3 equal, positive weights and ReLU, then pooling and one linear layer: what a
 * cell of "relu12" sees is a box convolved with itself twelve times, whatever the photograph.
 */
public final class BoxNetwork {
  /** The side of its input. */
  public static final int SIDE = 40;

  /** The number of its convolutions. */
  public static final int CONVOLUTIONS = 12;

  private BoxNetwork() {}

  /** The network as a model of a store; its input is a pixel's value, none of them negative. */
  public static ModelFolder install(ModelStore store, String name) {
    ModelCard card =
        new ModelCard(
            name,
            "boxes",
            new ModelCard.Input(ChannelOrder.RGB, new float[3], new float[] {1, 1, 1}, "stretch"),
            null,
            Map.of("relu2", new Sigma(3, 4)),
            null,
            null,
            null);
    return store.install(card, TinyNetwork.LABELS, onnx()::writeTo, false);
  }

  private static ModelProto onnx() {
    GraphBuilder graph = new GraphBuilder("boxes").input("input", 3, SIDE, SIDE);
    float[] weights = new float[3 * 3 * 3 * 3];
    Arrays.fill(weights, 1f / 27);
    graph.initializer("box", weights, 3, 3, 3, 3);
    String from = "input";
    for (int i = 1; i <= CONVOLUTIONS; i++) {
      graph.node("Conv", List.of(from, "box"), "conv" + i, Attributes.integers("pads", 1, 1, 1, 1));
      from = graph.node("Relu", List.of("conv" + i), "relu" + i);
    }
    graph.node("GlobalAveragePool", List.of(from), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    graph.node("Gemm", List.of("flat", "head"), "logits", Attributes.integer("transB", 1));
    return graph.output("logits", 2).build();
  }
}
