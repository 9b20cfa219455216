package dev.sightline.server.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.image.ChannelOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A network of six convolutions, pooling and one linear layer: 3 × 8 × 8 to two classes. */
public final class TinyNetwork {
  /** Its labels. */
  public static final Labels LABELS = new Labels(List.of("n02123045 tabby", "dog, hound"));

  private TinyNetwork() {}

  /** The network; its layers are relu1 to relu6 and the convolutions before them. */
  public static ModelProto onnx() {
    return pooledBy("GlobalAveragePool");
  }

  /** The same with an operator behind all of its layers that cannot be differentiated. */
  public static ModelProto withoutLayers() {
    return pooledBy("GlobalLpPool");
  }

  private static ModelProto pooledBy(String pooling) {
    GraphBuilder graph = new GraphBuilder("tiny").input("input", 3, 8, 8);
    String from = "input";
    for (int i = 1; i <= 6; i++) {
      float[] weights = new float[3 * 3 * 3 * 3];
      Arrays.fill(weights, 0.1f);
      graph.initializer("w" + i, weights, 3, 3, 3, 3);
      graph.node(
          "Conv",
          List.of(from, "w" + i),
          "conv" + i,
          Attributes.integers("kernel_shape", 3, 3),
          Attributes.integers("pads", 1, 1, 1, 1));
      from = graph.node("Relu", List.of("conv" + i), "relu" + i);
    }
    graph.node(pooling, List.of(from), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    graph.initializer("bias", new float[] {0, 1}, 2);
    graph.node("Gemm", List.of("flat", "head", "bias"), "logits", Attributes.integer("transB", 1));
    return graph.output("logits", 2).build();
  }

  /** What model.yaml says of it. */
  public static ModelCard card(String name, Map<String, Sigma> sigma) {
    return new ModelCard(
        name,
        "six convolutions",
        new ModelCard.Input(
            ChannelOrder.RGB, new float[] {1, 2, 3}, new float[] {4, 5, 6}, "center-crop:9"),
        null,
        sigma,
        null,
        "Apache-2.0",
        null);
  }

  /** The network as a file. */
  public static Path write(Path file) throws IOException {
    return Files.write(file, onnx().toByteArray());
  }

  /** The network as a model of a store. */
  public static ModelFolder install(ModelStore store, String name) {
    return store.install(card(name, Map.of()), LABELS, onnx()::writeTo, false);
  }
}
