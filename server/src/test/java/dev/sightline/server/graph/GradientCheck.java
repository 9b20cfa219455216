package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/**
 * Compares the gradient that ONNX Runtime computes with finite differences of the double-precision
 * loops.
 */
final class GradientCheck {
  private static final double TOLERANCE = 2e-5;
  private static final int FRAMES = 2;

  private GradientCheck() {}

  /**
   * Checks several rows of (frame, class), with classes given by index and by rank, at one layer of
   * a model.
   *
   * @return the largest error, relative to the largest gradient of its row
   */
  static double check(ModelProto model, String layer, Random random) throws OrtException {
    Graph graph = Graph.of(model);
    ImageInput image = graph.input();
    float[] input = randoms(random, FRAMES * image.channels() * image.height() * image.width(), 1);
    return check(graph, layer, input);
  }

  static double check(Graph graph, String layer, float[] input) throws OrtException {
    ExplainedGraph explained = graph.explain(layer);
    Structure.check(explained);
    ImageInput image = graph.input();
    int frames = input.length / (image.channels() * image.height() * image.width());
    int[] dims = {frames, image.channels(), image.height(), image.width()};
    int classes = graph.classes();
    long[] rowFrames = {frames - 1, 0, frames - 1, 0};
    long[] rowClasses = {classes - 1, -1, 0, -Math.min(3, classes)};

    DoubleInterpreter loops = new DoubleInterpreter(graph.model());
    Map<String, DoubleTensor> forward =
        loops.run(Map.of(image.name(), DoubleTensor.of(dims, input)));
    String output = logits(graph);
    ExplainedRun.Result result;
    try (ExplainedRun run = new ExplainedRun(explained)) {
      result = run.run(input, rowFrames, rowClasses);
    }
    close(result.logits, DoubleInterpreter.value(forward, output).values(), 0, "logits");
    if (!explained.atInput()) {
      close(result.activation, DoubleInterpreter.value(forward, layer).values(), 0, "activation");
    }
    double[][] derivatives = loops.differences(forward, layer, output);
    double worst = 0;
    int size =
        explained.layer().channels() * explained.layer().height() * explained.layer().width();
    for (int row = 0; row < rowFrames.length; row++) {
      int frame = (int) rowFrames[row];
      int chosen = chosen(DoubleInterpreter.value(forward, output), frame, rowClasses[row]);
      assertThat(result.chosen[row]).as("class of row %d", row).isEqualTo(chosen);
      double[] own = derivatives[frame * classes + chosen];
      float[] got = Arrays.copyOfRange(result.gradient, row * size, (row + 1) * size);
      worst = Math.max(worst, close(got, own, 1e-6, "gradient of row " + row));
    }
    return worst;
  }

  static float[] randoms(Random random, int size, double scale) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }

  private static String logits(Graph graph) {
    return graph.model().getGraph().getOutput(0).getName();
  }

  private static int chosen(DoubleTensor logits, int frame, long code) {
    if (code >= 0) {
      return (int) code;
    }
    Integer[] order = new Integer[logits.dim(1)];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(logits.at(frame, b), logits.at(frame, a)));
    return order[(int) (-1 - code)];
  }

  /**
   * The largest difference, relative to the largest expected value, which may be as small as the
   * floor.
   */
  private static double close(float[] got, double[] expected, double floor, String what) {
    assertThat(got).as(what).hasSameSizeAs(expected);
    double scale = Math.max(floor, Arrays.stream(expected).map(Math::abs).max().orElse(1));
    double worst = 0;
    for (int i = 0; i < got.length; i++) {
      worst = Math.max(worst, Math.abs(got[i] - expected[i]) / scale);
    }
    assertThat(worst).as("relative error of the " + what).isLessThan(TOLERANCE);
    return worst;
  }
}
