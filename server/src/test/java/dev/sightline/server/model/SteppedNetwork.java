package dev.sightline.server.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.image.ChannelOrder;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Three convolutions of stride two and random weights: 3 × 27 × 30 to two classes. */
public final class SteppedNetwork {
  /** Rows of its input. */
  public static final int HEIGHT = 27;

  /** Columns of its input. */
  public static final int WIDTH = 30;

  private SteppedNetwork() {}

  /** The network as a model of a store. */
  public static ModelFolder install(ModelStore store, String name) {
    ModelCard card =
        new ModelCard(
            name,
            "steps",
            new ModelCard.Input(
                ChannelOrder.RGB, new float[] {120, 110, 100}, new float[] {60, 50, 40}, "stretch"),
            null,
            Map.of(),
            null,
            null,
            null);
    return store.install(card, TinyNetwork.LABELS, onnx()::writeTo, false);
  }

  private static ModelProto onnx() {
    GraphBuilder graph = new GraphBuilder("steps").input("input", 3, HEIGHT, WIDTH);
    String first = convolution(graph, "relu1", "input", 3, 16);
    String second = convolution(graph, "relu2", first, 16, 12);
    String third = convolution(graph, "relu3", second, 12, 8);
    graph.node("GlobalAveragePool", List.of(third), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", normal(16, 4), 2, 8);
    graph.node("Gemm", List.of("flat", "head"), "logits", Attributes.integer("transB", 1));
    return graph.output("logits", 2).build();
  }

  private static String convolution(GraphBuilder graph, String name, String from, int in, int out) {
    graph.initializer(name + ".weight", normal(out * in * 9, in), out, in, 3, 3);
    graph.node(
        "Conv",
        List.of(from, name + ".weight"),
        name + ".conv",
        Attributes.integers("strides", 2, 2),
        Attributes.integers("pads", 1, 1, 1, 1));
    return graph.node("Relu", List.of(name + ".conv"), name);
  }

  private static float[] normal(int count, int fan) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(4.5 * fan));
    }
    return values;
  }
}
