package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ties in max pooling, which have no derivative: the first cell of a window, in row-major order,
 * takes the whole gradient.
 */
class MaxPoolTest {
  private static final int SEEDS = 20;
  private static final int CLASS = 1;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void firstWinnerTakesAll(int kernel) throws OrtException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RandomGraph graph = new RandomGraph(random);
      String pooled = graph.node("MaxPool", "x", graph.window(kernel, 1 + random.nextInt(3), true));
      int[] out = graph.shape(pooled);
      ModelProto model = graph.headed(pooled);
      float[] input = tied(random, graph.channels * graph.height * graph.width);
      float[] got;
      try (ExplainedRun run = new ExplainedRun(Graph.of(model).explain("x"))) {
        got = run.run(input, new long[1], new long[] {CLASS}).gradient;
      }
      double[] expected = routed(graph, pool(model), out, weightsOfClass(model), input);
      for (int i = 0; i < got.length; i++) {
        assertThat((double) got[i])
            .as("cell %d, seed %d", i, seed)
            .isCloseTo(expected[i], within(1e-5));
      }
    }
  }

  /** There would be operators for each of a million million remainders. */
  @Test
  void stridesBeyondAllReasonAreRefused() {
    RandomGraph graph = new RandomGraph(new Random(1));
    ModelProto model =
        graph.headed(
            graph.node(
                "MaxPool",
                "x",
                Attributes.integers("kernel_shape", 2, 2),
                Attributes.integers("strides", 1 << 20, 1 << 20)));

    assertThatThrownBy(() -> Graph.of(model).explain("x"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("has strides of more than 1024 cells");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void firstMaximumOfAWholeMapTakesAll(long seed) throws OrtException {
    Random random = new Random(seed);
    RandomGraph graph = new RandomGraph(random);
    ModelProto model = graph.headed(graph.node("GlobalMaxPool", "x"));
    int cells = graph.height * graph.width;
    float[] input = tied(random, graph.channels * cells);
    double[] weights = weightsOfClass(model);
    try (ExplainedRun run = new ExplainedRun(Graph.of(model).explain("x"))) {
      float[] got = run.run(input, new long[1], new long[] {CLASS}).gradient;
      for (int c = 0; c < graph.channels; c++) {
        boolean taken = false;
        for (int i = 0; i < cells; i++) {
          boolean first = !taken && input[c * cells + i] == 2;
          taken |= first;
          assertThat((double) got[c * cells + i]).isCloseTo(first ? weights[c] : 0, within(1e-6));
        }
      }
    }
  }

  /** Images of the values 0, 1 and 2, which tie in nearly every window. */
  private static float[] tied(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextInt(3);
    }
    return values;
  }

  private static Node pool(ModelProto model) {
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getOpType().equals("MaxPool")) {
        return new Node(node);
      }
    }
    throw new AssertionError("no MaxPool");
  }

  /** The head is linear, so the gradient at the pooled values is its row of weights. */
  private static double[] weightsOfClass(ModelProto model) {
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDimsCount() == 2) {
        DoubleTensor weights = DoubleInterpreter.decode(tensor);
        double[] row = new double[weights.dim(1)];
        for (int i = 0; i < row.length; i++) {
          row[i] = weights.at(CLASS, i);
        }
        return row;
      }
    }
    throw new AssertionError("no weights");
  }

  private static double[] routed(
      RandomGraph graph, Node pool, int[] out, double[] atPool, float[] input) {
    double[] expected = new double[input.length];
    for (int c = 0; c < out[1]; c++) {
      for (int i = 0; i < out[2]; i++) {
        for (int j = 0; j < out[3]; j++) {
          int first = -1;
          for (int k = 0; k < at(pool, "kernel_shape", 0); k++) {
            for (int l = 0; l < at(pool, "kernel_shape", 1); l++) {
              int y =
                  i * at(pool, "strides", 0) - at(pool, "pads", 0) + k * at(pool, "dilations", 0);
              int x =
                  j * at(pool, "strides", 1) - at(pool, "pads", 1) + l * at(pool, "dilations", 1);
              if (y >= 0 && y < graph.height && x >= 0 && x < graph.width) {
                int cell = (c * graph.height + y) * graph.width + x;
                first = first < 0 || input[cell] > input[first] ? cell : first;
              }
            }
          }
          expected[first] += atPool[(c * out[2] + i) * out[3] + j];
        }
      }
    }
    return expected;
  }

  private static int at(Node node, String attribute, int index) {
    return node.integers(attribute).orElseThrow().get(index).intValue();
  }
}
