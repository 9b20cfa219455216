package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;

/**
 * A network that gives logits and nothing else, as one stateless ONNX graph: a whole classifier, or
 * its head, the part behind one layer.
 *
 * <p>Input, N dynamic: {@code input}, float N × channels × height × width: the images, or the
 * layer's maps N × K × h × w. Output: {@code logits}, float N × classes.
 *
 * @param model the graph, sharing its weights with the model it was made from
 * @param channels of the input: those of an image, or K
 * @param height rows of the input: those of an image, or h
 * @param width columns of the input: those of an image, or w
 * @param classes length of the logits
 */
public record InferenceGraph(ModelProto model, int channels, int height, int width, int classes) {
  /** Name of the input. */
  public static final String INPUT = ExplainedGraph.INPUT;

  /** Scores before softmax. */
  public static final String LOGITS = ExplainedGraph.LOGITS;

  /** The graph as the bytes of an ONNX file; a new array each time. */
  public byte[] onnx() {
    return model.toByteArray();
  }
}
