package dev.sightline.server.engine;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The ways to run a module, one for each kind of backend. Gradients are PyTorch's autograd: each
 * row is an input of its own, so that the rows of one frame do not add up.
 */
final class TorchPasses {
  private static final float[] NONE = {};

  /** Runs one pass whose images are an array already. */
  @FunctionalInterface
  interface Way {
    PassResult run(TorchModule.Run run, Pass pass, NDArray images, PassShape shape);
  }

  private TorchPasses() {}

  /** Differentiates the head alone: frames go through the features once, rows through the head. */
  static PassResult toLayer(TorchModule.Run run, Pass pass, NDArray images, PassShape shape) {
    NDArray maps = run.features(images);
    float[] activations = maps.toFloatArray();
    return differentiate(run, pass, maps, activations, run::head, shape);
  }

  /** Differentiates features and head: each row goes through all of it. */
  static PassResult toInput(TorchModule.Run run, Pass pass, NDArray images, PassShape shape) {
    return differentiate(
        run, pass, images, NONE, leaf -> run.head(run.features(run.copy(leaf))), shape);
  }

  /** As {@link #toInput}, of one logit: the sum of a layer's maps at its centre cell. */
  static PassResult centre(TorchModule.Run run, Pass pass, NDArray images, PassShape shape) {
    return differentiate(
        run, pass, images, NONE, leaf -> centre(run.features(run.copy(leaf))), shape);
  }

  private static NDArray centre(NDArray maps) {
    long row = maps.getShape().get(2) / 2;
    long column = maps.getShape().get(3) / 2;
    return maps.get(":, :, %d, %d".formatted(row, column)).sum(new int[] {1}, true);
  }

  /** Logits of images. */
  static PassResult inference(TorchModule.Run run, Pass pass, NDArray images, PassShape shape) {
    return PassResult.ofInference(shape, run.head(run.features(images)).toFloatArray());
  }

  /** Logits of the layer's activations. */
  static PassResult head(TorchModule.Run run, Pass pass, NDArray maps, PassShape shape) {
    return PassResult.ofInference(shape, run.head(maps).toFloatArray());
  }

  private static PassResult differentiate(
      TorchModule.Run run,
      Pass pass,
      NDArray from,
      float[] activations,
      UnaryOperator<NDArray> rest,
      PassShape shape) {
    if (pass.rows() == 0) {
      return new PassResult(shape, rest.apply(from).toFloatArray(), new int[0], activations, NONE);
    }
    boolean rowPerFrame =
        Arrays.equals(pass.rowFrames(), IntStream.range(0, pass.frames()).toArray());
    float[] perFrame = rowPerFrame ? NONE : rest.apply(from).toFloatArray();
    NDArray leaf = run.leaf(rowPerFrame ? from : run.rows(from, pass.rowFrames()));
    NDArray rowLogits = run.differentiable(rest, leaf);
    float[] logits = rowPerFrame ? rowLogits.toFloatArray() : perFrame;
    int[] chosen = RowClasses.of(pass, logits, shape.classes());
    NDArray gradient = run.gradient(rowLogits, run.oneHot(chosen, shape.classes()), leaf);
    return new PassResult(shape, logits, chosen, activations, gradient.toFloatArray());
  }
}
