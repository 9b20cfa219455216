package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A vision transformer as PyTorch exports it: fixed to one frame, the batch swapped with the tokens
 * and merged with the heads.
 */
class LiftingTest {
  private static final int HEADS = 2;
  private static final int DEPTH = 3;
  private static final int WIDTH = HEADS * DEPTH;
  private static final int GRID = 2;
  private static final int TOKENS = GRID * GRID + 1;
  private static final int CLASSES = 4;
  private static final int PIXELS = 4;

  private final RandomGraph graph = new RandomGraph(new Random(3), 2, PIXELS, PIXELS);
  private String norm = "";

  private String linear(String x, int width) {
    String product = graph.node("MatMul", List.of(x, graph.weights(WIDTH, width)));
    return graph.node("Add", List.of(product, graph.weights(width)));
  }

  /** A third of the queries, keys and values, heads × tokens × depth or, turned, its transpose. */
  private String heads(String all, int third, boolean turned) {
    String one =
        graph.node(
            "Slice",
            List.of(
                all,
                graph.integers((long) third * WIDTH),
                graph.integers((third + 1L) * WIDTH),
                graph.integers(2)));
    String apart = graph.node("Reshape", List.of(one, graph.integers(TOKENS, HEADS, DEPTH)));
    return graph.node(
        "Transpose",
        apart,
        Attributes.integers("perm", turned ? new long[] {1, 2, 0} : new long[] {1, 0, 2}));
  }

  /** One block of attention over four patches and a class token. */
  ModelProto transformer() {
    String patches =
        graph.node(
            "Conv",
            List.of("x", graph.weights(WIDTH, 2, 2, 2)),
            Attributes.integers("strides", 2, 2));
    String flat = graph.node("Reshape", List.of(patches, graph.integers(1, WIDTH, -1)));
    String tokens = graph.node("Transpose", flat, Attributes.integers("perm", 0, 2, 1));
    String all =
        graph.node(
            "Concat", List.of(graph.weights(1, 1, WIDTH), tokens), Attributes.integer("axis", 1));
    String placed = graph.node("Add", List.of(all, graph.weights(1, TOKENS, WIDTH)));
    norm =
        graph.node(
            "LayerNormalization", List.of(placed, graph.weights(WIDTH), graph.weights(WIDTH)));
    String swapped = graph.node("Transpose", norm, Attributes.integers("perm", 1, 0, 2));
    String qkv = linear(swapped, 3 * WIDTH);
    String scores = graph.node("MatMul", List.of(heads(qkv, 0, false), heads(qkv, 1, true)));
    String attention = graph.node("Softmax", scores, Attributes.integer("axis", -1));
    String seen = graph.node("MatMul", List.of(attention, heads(qkv, 2, false)));
    String back = graph.node("Transpose", seen, Attributes.integers("perm", 1, 0, 2));
    String rows = graph.node("Reshape", List.of(back, graph.integers(TOKENS, WIDTH)));
    String projected =
        graph.node(
            "Gemm",
            List.of(rows, graph.weights(WIDTH, WIDTH), graph.weights(WIDTH)),
            Attributes.integer("transB", 1));
    String merged = graph.node("Reshape", List.of(projected, graph.integers(TOKENS, 1, WIDTH)));
    String settled = graph.node("Transpose", merged, Attributes.integers("perm", 1, 0, 2));
    String sum = graph.node("Add", List.of(placed, settled));
    String index = graph.builder.initializer("first", new long[] {0});
    String token = graph.node("Gather", List.of(sum, index), Attributes.integer("axis", 1));
    graph.builder.node(
        "Gemm",
        List.of(token, graph.weights(CLASSES, WIDTH)),
        "logits",
        Attributes.integer("transB", 1));
    return graph.builder.output("logits", CLASSES).build();
  }

  @Test
  void everyFrameIsExplainedAsIfItWereAlone() throws OrtException {
    ModelProto model = transformer();
    Graph read = Graph.of(model);
    DoubleInterpreter loops = new DoubleInterpreter(model);
    int size = 2 * PIXELS * PIXELS;
    float[] input = GradientCheck.randoms(new Random(4), 2 * size, 1);
    long[] classes = {2, 1};
    try (ExplainedRun run = new ExplainedRun(read.explain("input"))) {
      ExplainedRun.Result both = run.run(input, new long[] {0, 1}, classes);
      for (int frame = 0; frame < 2; frame++) {
        float[] own = Arrays.copyOfRange(input, frame * size, (frame + 1) * size);
        DoubleTensor image = DoubleTensor.of(new int[] {1, 2, PIXELS, PIXELS}, own);
        Map<String, DoubleTensor> alone = loops.run(Map.of("input", image));
        double[] expected = loops.differences(alone, "input", "logits")[(int) classes[frame]];
        for (int i = 0; i < size; i++) {
          assertThat((double) both.gradient[frame * size + i]).isCloseTo(expected[i], within(2e-5));
        }
      }
    }
  }

  @Test
  void tokensAreALayerWithoutTheClassToken() throws OrtException {
    ModelProto model = transformer();
    Layer layer = Graph.of(model).defaultLayer();
    assertThat(layer).isEqualTo(new Layer(norm, "LayerNormalization", WIDTH, GRID, GRID));
    float[] input = GradientCheck.randoms(new Random(4), 2 * PIXELS * PIXELS, 1);
    DoubleInterpreter loops = new DoubleInterpreter(model);
    DoubleTensor image = DoubleTensor.of(new int[] {1, 2, PIXELS, PIXELS}, input);
    Map<String, DoubleTensor> forward = loops.run(Map.of("input", image));
    double[] tokens = DoubleInterpreter.value(forward, norm).values();
    double[] gradient = loops.differences(forward, norm, "logits")[1];
    try (ExplainedRun run = new ExplainedRun(Graph.of(model).explain(norm))) {
      ExplainedRun.Result result = run.run(input, new long[1], new long[] {1});
      for (int i = 0; i < WIDTH * GRID * GRID; i++) {
        int token = (1 + i % (GRID * GRID)) * WIDTH + i / (GRID * GRID);
        assertThat((double) result.activation[i]).isCloseTo(tokens[token], within(2e-5));
        assertThat((double) result.gradient[i]).isCloseTo(gradient[token], within(2e-5));
      }
    }
  }
}
