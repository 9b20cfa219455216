package dev.sightline.server.app;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.Sigma;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A random network of the usual parts, 3 × 32 × 32 to ten classes, as a model on disk. Its last
 * map, "maps", is 16 × 8 × 8; "pooled" heads it.
 */
public final class SmallModel {
  static final int CLASSES = 10;
  static final int SIDE = 32;

  private final int version;
  private final Random random;
  private final GraphBuilder graph = new GraphBuilder("small").input("input", 3, SIDE, SIDE);

  private SmallModel(int version) {
    this.version = version;
    this.random = new Random(7 + version);
  }

  /** Head of pooling and one linear layer. */
  public static Path install(Path store, String name) {
    return installVersion(store, name, 0);
  }

  /**
   * The same with other weights, logits that are greater by ten times the version, and, but for
   * version 0, the version in its description, its labels and the σ of "maps".
   */
  static Path installVersion(Path store, String name, int version) {
    return new SmallModel(version).install(store, name, false);
  }

  /** The description of a version. */
  static String description(int version) {
    return version == 0 ? "a small random network" : "version " + version;
  }

  /** Head with a hidden layer, which CAM cannot explain. */
  static Path installWithHiddenLayer(Path store, String name) {
    return new SmallModel(0).install(store, name, true);
  }

  private Path install(Path store, String name, boolean hidden) {
    ModelCard card =
        new ModelCard(
            name,
            description(version),
            new ModelCard.Input(
                ChannelOrder.RGB,
                new float[] {127.5f, 127.5f, 127.5f},
                new float[] {127.5f, 127.5f, 127.5f},
                "stretch"),
            null,
            version == 0 ? null : Map.of("maps", new Sigma(1 + version, 2 + version)),
            null,
            null,
            null);
    String suffix = version == 0 ? "" : " of " + version;
    Labels labels =
        new Labels(
            IntStream.range(0, CLASSES)
                .mapToObj(i -> "class " + (char) ('a' + i) + suffix)
                .toList());
    return new ModelStore(store).install(card, labels, onnx(hidden)::writeTo, true).path();
  }

  private ModelProto onnx(boolean hidden) {
    String first = conv("input", 3, 8, 2, "first");
    String second = conv(graph.node("Relu", List.of(first), "relu"), 8, 16, 2, "second");
    graph.initializer("low", new float[] {0});
    graph.initializer("high", new float[] {6});
    graph.node("Clip", List.of(second, "low", "high"), "maps");
    graph.node("GlobalAveragePool", List.of("maps"), "pooled");
    String flat = graph.node("Flatten", List.of("pooled"), "flat");
    if (hidden) {
      flat = graph.node("Sigmoid", List.of(linear(flat, 16, 16, 0, "hidden")), "active");
    }
    linear(flat, 16, CLASSES, 10f * version, "logits");
    return graph.output("logits", CLASSES).build();
  }

  private String conv(String from, int inputs, int outputs, int stride, String name) {
    graph.initializer(
        name + ".w", weights(outputs * inputs * 9, inputs * 9), outputs, inputs, 3, 3);
    graph.initializer(name + ".b", weights(outputs, 4), outputs);
    return graph.node(
        "Conv",
        List.of(from, name + ".w", name + ".b"),
        name,
        Attributes.integers("strides", stride, stride),
        Attributes.integers("pads", 1, 1, 1, 1));
  }

  private String linear(String from, int inputs, int outputs, float more, String name) {
    graph.initializer(name + ".w", weights(outputs * inputs, 1), outputs, inputs);
    float[] bias = weights(outputs, 4);
    for (int i = 0; i < outputs; i++) {
      bias[i] += more;
    }
    graph.initializer(name + ".b", bias, outputs);
    return graph.node(
        "Gemm", List.of(from, name + ".w", name + ".b"), name, Attributes.integer("transB", 1));
  }

  private float[] weights(int count, double fan) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * Math.sqrt(2 / fan));
    }
    return values;
  }
}
