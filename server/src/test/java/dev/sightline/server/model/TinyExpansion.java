package dev.sightline.server.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.util.List;

/**
 * An expansion network that can be computed in the head: channel c of its reconstruction is c + 1
 * times the mean over the channels of one layer, each cell of which is repeated over its pixels:
 * reconstruction[c, y, x] = (c + 1) · mean_k A[k, ⌊y·h/H⌋, ⌊x·w/W⌋].
 */
public final class TinyExpansion {
  private TinyExpansion() {}

  /** The network for a layer of a graph. */
  public static ModelProto onnx(Graph graph, String layerName) {
    Layer layer = graph.skips(layerName).get(0);
    ImageInput image = graph.input();
    GraphBuilder builder =
        new GraphBuilder("tiny-expansion")
            .input(layer.name(), layer.channels(), layer.height(), layer.width());
    float[] weights = new float[image.channels() * layer.channels()];
    for (int c = 0; c < image.channels(); c++) {
      for (int k = 0; k < layer.channels(); k++) {
        weights[c * layer.channels() + k] = (c + 1f) / layer.channels();
      }
    }
    builder.initializer("mean", weights, image.channels(), layer.channels(), 1, 1);
    builder.node(
        "Conv", List.of(layer.name(), "mean"), "means", Attributes.integers("kernel_shape", 1, 1));
    builder.initializer(
        "rows", repeated(image.height(), layer.height()), image.height(), layer.height());
    builder.node("MatMul", List.of("rows", "means"), "tall");
    builder.initializer(
        "columns",
        transposed(repeated(image.width(), layer.width()), layer.width()),
        layer.width(),
        image.width());
    builder.node("MatMul", List.of("tall", "columns"), ExpansionNetwork.RECONSTRUCTION);
    return builder
        .output(ExpansionNetwork.RECONSTRUCTION, image.channels(), image.height(), image.width())
        .build();
  }

  /**
   * Its reconstruction of one frame.
   *
   * @param activation the layer's maps of that frame, K × h × w
   * @return C × H × W
   */
  public static float[] reconstruction(float[] activation, Layer layer, ImageInput image) {
    float[] pixels = new float[image.channels() * image.height() * image.width()];
    for (int i = 0; i < pixels.length; i++) {
      int c = i / (image.height() * image.width());
      int y = i / image.width() % image.height();
      int x = i % image.width();
      int cell =
          y * layer.height() / image.height() * layer.width() + x * layer.width() / image.width();
      double sum = 0;
      for (int k = 0; k < layer.channels(); k++) {
        sum += activation[k * layer.height() * layer.width() + cell];
      }
      pixels[i] = (float) ((c + 1) * sum / layer.channels());
    }
    return pixels;
  }

  /** {@link TinyNetwork} as a model of a store, with the network for its default layer. */
  public static ModelFolder install(ModelStore store, String name) {
    return beside(TinyNetwork.install(store, name));
  }

  /** A model with the network for its default layer as expansion.onnx beside its own. */
  public static ModelFolder beside(ModelFolder model) {
    return model.withExpansion(onnx(model.graph(), model.defaultLayer()));
  }

  private static float[] repeated(int to, int from) {
    float[] matrix = new float[to * from];
    for (int i = 0; i < to; i++) {
      matrix[i * from + i * from / to] = 1;
    }
    return matrix;
  }

  private static float[] transposed(float[] matrix, int columns) {
    int rows = matrix.length / columns;
    float[] turned = new float[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j * rows + i] = matrix[i * columns + j];
      }
    }
    return turned;
  }
}
