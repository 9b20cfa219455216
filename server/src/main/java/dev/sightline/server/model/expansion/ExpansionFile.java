package dev.sightline.server.model.expansion;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxDecoder;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.DecoderWriter;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.model.ModelException;
import java.util.Map;

/**
 * A trained decoder as an ONNX file, which may be written only if it fits its classifier and if
 * ONNX Runtime rebuilds photographs with it as PyTorch did.
 *
 * @param model what the file holds
 * @param difference the relative L2 distance between both engines' reconstructions
 */
public record ExpansionFile(ModelProto model, double difference) {
  /** The largest difference that is rounding. */
  public static final double TOLERANCE = 1e-5;

  /**
   * Writes a decoder as a graph and runs that on ONNX Runtime.
   *
   * @param classifier what it belongs to
   * @param weights the decoder's parameters
   * @param samples what PyTorch rebuilt with them
   * @param metadata what else the file is to tell, by key
   * @throws dev.sightline.server.graph.GraphException if it does not fit the classifier
   */
  public static ExpansionFile of(
      Decoder decoder,
      Graph classifier,
      float[] weights,
      Samples samples,
      Map<String, String> metadata,
      EngineSettings settings) {
    ModelProto model = DecoderWriter.write(decoder, weights, metadata);
    ExpansionNetwork unused = ExpansionNetwork.of(model, classifier);
    try (OnnxDecoder onnx = new OnnxDecoder(decoder, model, settings)) {
      return new ExpansionFile(
          model,
          distance(onnx.reconstruct(samples.features(), samples.count()), samples.rebuilt()));
    }
  }

  private static double distance(float[] found, float[] expected) {
    if (found.length != expected.length) {
      return Double.POSITIVE_INFINITY;
    }
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) found[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / Math.max(norm, Double.MIN_NORMAL));
  }

  /**
   * What may be written.
   *
   * @throws ModelException if the engines differ
   */
  public ModelProto proven() {
    if (!(difference <= TOLERANCE)) {
      throw new ModelException(
          "ONNX Runtime rebuilds photographs otherwise than PyTorch, by %.1e of their norm; no file is written"
              .formatted(difference));
    }
    return model;
  }
}
