package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes a trained decoder as an {@link ExpansionNetwork}, an ONNX graph of its own: the
 * classifier's tensors in under their own names, each N × K × h × w, and {@code reconstruction}
 * out, N × C × H × W. It is of convolutions, ReLU, sums and matrix products alone.
 */
public final class DecoderWriter {
  private final Decoder decoder;
  private final float[] parameters;
  private final GraphBuilder graph = new GraphBuilder("expansion");

  private DecoderWriter(Decoder decoder, float[] parameters) {
    this.decoder = decoder;
    this.parameters = parameters;
  }

  /**
   * Writes a decoder.
   *
   * @param parameters as many as it has, in its order
   * @param metadata what else the file is to tell, by key
   */
  public static ModelProto write(
      Decoder decoder, float[] parameters, Map<String, String> metadata) {
    if (parameters.length != decoder.parameters()) {
      throw new IllegalArgumentException(
          "%d parameters for a decoder of %d".formatted(parameters.length, decoder.parameters()));
    }
    ModelProto.Builder model = new DecoderWriter(decoder, parameters).write().toBuilder();
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build();
  }

  private ModelProto write() {
    for (Layer layer : decoder.skips()) {
      graph.input(layer.name(), layer.channels(), layer.height(), layer.width());
    }
    String maps = "";
    int height = 0;
    int width = 0;
    for (DecoderStage stage : decoder.stages()) {
      maps = stage(stage, maps, height, width);
      height = stage.height();
      width = stage.width();
    }
    ImageInput image = decoder.image();
    convolution(decoder.last(), maps, ExpansionNetwork.RECONSTRUCTION);
    return graph
        .output(ExpansionNetwork.RECONSTRUCTION, image.channels(), image.height(), image.width())
        .build();
  }

  private String stage(DecoderStage stage, String below, int height, int width) {
    String joined = "";
    DecoderConvolution up = stage.up();
    if (up != null) {
      joined = upsampled(convolution(up, below, up.name()), height, width, stage);
    }
    DecoderConvolution skip = stage.skip();
    Layer layer = stage.layer();
    if (skip != null && layer != null) {
      String taken = convolution(skip, layer.name(), skip.name());
      joined =
          joined.isEmpty()
              ? taken
              : graph.node("Add", List.of(joined, taken), skip.name() + "/joined");
    }
    String mix = stage.mix().name();
    String active = graph.node("Relu", List.of(joined), mix + "/in");
    return graph.node("Relu", List.of(convolution(stage.mix(), active, mix)), mix + "/out");
  }

  private String upsampled(String maps, int height, int width, DecoderStage to) {
    String wide = maps;
    if (width != to.width()) {
      String columns = "expansion/columns/%d/%d".formatted(width, to.width());
      if (!graph.defines(columns)) {
        graph.initializer(columns, DecoderUpsampling.columns(width, to.width()), width, to.width());
      }
      wide = graph.node("MatMul", List.of(maps, columns), maps + "/wide");
    }
    if (height == to.height()) {
      return wide;
    }
    String rows = "expansion/rows/%d/%d".formatted(height, to.height());
    if (!graph.defines(rows)) {
      graph.initializer(rows, DecoderUpsampling.rows(height, to.height()), to.height(), height);
    }
    return graph.node("MatMul", List.of(rows, wide), maps + "/large");
  }

  private String convolution(DecoderConvolution convolution, String in, String out) {
    int kernel = convolution.kernel();
    String name = convolution.name();
    AttributeProto pads =
        Attributes.integers("pads", kernel / 2, kernel / 2, kernel / 2, kernel / 2);
    return graph.node(
        "Conv",
        List.of(
            in,
            graph.initializer(
                name + "/weight",
                Arrays.copyOfRange(parameters, convolution.offset(), convolution.biases()),
                convolution.out(),
                convolution.in(),
                kernel,
                kernel),
            graph.initializer(
                name + "/bias",
                Arrays.copyOfRange(parameters, convolution.biases(), convolution.end()),
                convolution.out())),
        out,
        Attributes.integers("kernel_shape", kernel, kernel),
        pads);
  }
}
