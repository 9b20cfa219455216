package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A decoder of random weights that mirrors a classifier as a trained one does: from its deepest
 * maps up, at each resolution joined with the classifier's own, upsampled by Resize or by
 * ConvTranspose.
 */
public final class RandomExpansion {
  private final Graph classifier;
  private final Random random;
  private final GraphBuilder graph = new GraphBuilder("random-expansion");
  private int names;

  private RandomExpansion(Graph classifier, Random random) {
    this.classifier = classifier;
    this.random = random;
  }

  /**
   * A decoder.
   *
   * @param layer the deepest maps it takes
   * @param channels of each of its maps
   */
  public static ModelProto of(Graph classifier, String layer, int channels, Random random) {
    return new RandomExpansion(classifier, random).write(classifier.skips(layer), channels);
  }

  private ModelProto write(List<Layer> skips, int channels) {
    skips.forEach(s -> graph.input(s.name(), s.channels(), s.height(), s.width()));
    String maps = "";
    for (Layer skip : skips) {
      String taken = conv(skip.name(), skip.channels(), channels, 1);
      String joined =
          maps.isEmpty()
              ? taken
              : node("Add", List.of(resized(maps, channels, skip.height(), skip.width()), taken));
      maps = node("Relu", List.of(conv(node("Relu", List.of(joined)), channels, channels, 3)));
    }
    ImageInput image = classifier.input();
    Layer finest = skips.get(skips.size() - 1);
    boolean twice = image.height() == 2 * finest.height() && image.width() == 2 * finest.width();
    String large =
        twice ? transposed(maps, channels) : resized(maps, channels, image.height(), image.width());
    graph.node(
        "Conv",
        List.of(large, weights(image.channels(), channels, 3, 3)),
        ExpansionNetwork.RECONSTRUCTION,
        Attributes.integers("kernel_shape", 3, 3),
        Attributes.integers("pads", 1, 1, 1, 1));
    return graph
        .output(ExpansionNetwork.RECONSTRUCTION, image.channels(), image.height(), image.width())
        .build();
  }

  /** To any size: the number of frames is what the maps say of themselves. */
  private String resized(String maps, int channels, int height, int width) {
    String frames = node("Slice", List.of(node("Shape", List.of(maps)), integers(0), integers(1)));
    String size =
        node(
            "Concat",
            List.of(frames, integers(channels, height, width)),
            Attributes.integer("axis", 0));
    return node(
        "Resize",
        List.of(maps, "", "", size),
        Attributes.text("mode", "linear"),
        Attributes.text("coordinate_transformation_mode", "half_pixel"));
  }

  private String transposed(String maps, int channels) {
    return node(
        "ConvTranspose",
        List.of(maps, weights(channels, channels, 2, 2)),
        Attributes.integers("kernel_shape", 2, 2),
        Attributes.integers("strides", 2, 2));
  }

  private String conv(String maps, int from, int to, int kernel) {
    int pad = kernel / 2;
    return node(
        "Conv",
        List.of(maps, weights(to, from, kernel, kernel), weights(to)),
        Attributes.integers("kernel_shape", kernel, kernel),
        Attributes.integers("pads", pad, pad, pad, pad));
  }

  private String node(String operator, List<String> inputs, AttributeProto... attributes) {
    return graph.node(operator, new ArrayList<>(inputs), "decoder/t" + names++, attributes);
  }

  private String integers(long... values) {
    return graph.initializer("decoder/i" + names++, values, values.length);
  }

  private String weights(long... dims) {
    int size = 1;
    for (long dim : dims) {
      size *= Math.toIntExact(dim);
    }
    return graph.initializer(
        "decoder/w" + names++,
        GradientCheck.randoms(random, size, 1 / Math.sqrt((double) size / dims[0])),
        dims);
  }
}
