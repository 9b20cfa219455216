package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;

/**
 * A classifier that explains itself: one stateless ONNX graph whose run gives the logits, the
 * activation of one layer and the gradient of chosen logits with respect to it.
 *
 * <p>Inputs; N and R are dynamic:
 *
 * <ul>
 *   <li>{@code input}, float N × channels × height × width: the frames.
 *   <li>{@code frame}, int64 R: for each row, its frame, 0 to N−1.
 *   <li>{@code class}, int64 R: for each row, a class index; or −1−r for the frame's r-th most
 *       probable class, r from 0 to {@link #ranks()}−1, so −1 is the arg-max. Anything else makes
 *       the run fail or the gradient zero: check it before.
 * </ul>
 *
 * <p>Outputs:
 *
 * <ul>
 *   <li>{@code logits}, float N × classes.
 *   <li>{@code chosen}, int64 R: the class of each row.
 *   <li>{@code activation}, float N × K × h × w: A, the layer's tensor. There is no such output
 *       where the layer is the image input itself ({@link #atInput}): A would be the images again.
 *   <li>{@code gradient}, float R × K × h × w: ∂logits[frame[r], chosen[r]] / ∂A[frame[r]], over
 *       all paths from the layer to the logits; what bypasses the layer is held constant. What a
 *       kink passes is said by the {@link ReluRule}; by the plain one the gradient is zero for x ≤
 *       0 of a ReLU and at and beyond the bounds of a clip. Under ties in max pooling the first of
 *       a window in row-major order takes it all.
 *   <li>{@link ExpansionNetwork#RECONSTRUCTION}, float N × channels × height × width: the frames as
 *       an expansion network rebuilds them, where one was written into the graph ({@link
 *       #expanded}).
 * </ul>
 *
 * <p>The forward pass runs once per frame, the backward pass once per row.
 *
 * @param model the graph, sharing its weights with the model it was made from
 * @param layer the layer it was cut at
 * @param input the images it takes, under its name in the original model
 * @param classes length of the logits
 */
public record ExplainedGraph(ModelProto model, Layer layer, ImageInput input, int classes) {
  /** Names of the inputs. */
  public static final String INPUT = "input";

  /** Row to frame. */
  public static final String FRAME = "frame";

  /** Row to class index or rank code. */
  public static final String CLASS = "class";

  /** Scores before softmax. */
  public static final String LOGITS = "logits";

  /** Row to class used. */
  public static final String CHOSEN = "chosen";

  /** The layer's tensor. */
  public static final String ACTIVATION = "activation";

  /** Derivative of a logit with respect to the layer's tensor. */
  public static final String GRADIENT = "gradient";

  private static final int MOST_RANKS = 32;

  /**
   * How many of the most probable classes can be asked for by rank: the smaller of 32 and the
   * number of classes.
   */
  public int ranks() {
    return ranks(classes);
  }

  static int ranks(int classes) {
    return Math.min(MOST_RANKS, classes);
  }

  /** True if the layer is the image input itself. */
  public boolean atInput() {
    return layer.name().equals(input.name());
  }

  /** True if an expansion network was written into it, whose output it has too. */
  public boolean expanded() {
    return model.getGraph().getOutputList().stream()
        .anyMatch(output -> output.getName().equals(ExpansionNetwork.RECONSTRUCTION));
  }

  /** What it is made of. */
  public GraphReport report() {
    return GraphReport.of(this);
  }

  /** The graph as the bytes of an ONNX file; a new array each time. */
  public byte[] onnx() {
    return model.toByteArray();
  }
}
