package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.real;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which of its slopes an activation takes at a kink, where there is no derivative to compare with.
 */
class KinkTest {
  private static final float[] POINTS = {-4, -3, -1, 0, 1, 3, 6, 7};

  private final GraphBuilder graph = new GraphBuilder("kinks").input("input", 1, 1, POINTS.length);

  /** The slope at each point, by an output that is the plain sum. */
  private float[] slopes(String activation) throws OrtException {
    graph.initializer("axes", new long[] {2, 3}, 2);
    graph.node("ReduceSum", List.of(activation, "axes"), "sum");
    String logits = graph.node("Flatten", List.of("sum"), "logits");
    try (ExplainedRun run =
        new ExplainedRun(Graph.of(graph.output(logits, 1).build()).explain("input"))) {
      return run.run(POINTS, new long[1], new long[1]).gradient;
    }
  }

  @Test
  void reluIsFlatAtZero() throws OrtException {
    assertThat(slopes(graph.node("Relu", List.of("input"), "y")))
        .containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
  }

  @Test
  void leakyReluHasItsLowerSlopeAtZero() throws OrtException {
    assertThat(slopes(graph.node("LeakyRelu", List.of("input"), "y", real("alpha", 0.25f))))
        .containsExactly(0.25f, 0.25f, 0.25f, 0.25f, 1, 1, 1, 1);
  }

  @Test
  void clipIsFlatAtAndBeyondItsBounds() throws OrtException {
    graph.initializer("min", new float[] {0});
    graph.initializer("max", new float[] {6});
    assertThat(slopes(graph.node("Clip", List.of("input", "min", "max"), "y")))
        .containsExactly(0, 0, 0, 0, 1, 1, 0, 0);
  }

  @Test
  void hardSigmoidIsFlatAtAndBeyondItsBounds() throws OrtException {
    assertThat(
            slopes(
                graph.node(
                    "HardSigmoid",
                    List.of("input"),
                    "y",
                    real("alpha", 0.125f),
                    real("beta", 0.125f))))
        .containsExactly(0, 0, 0, 0.125f, 0.125f, 0.125f, 0.125f, 0);
  }

  @Test
  void hardSwishIsFlatFromMinusThreeDownAndOneFromThreeUp() throws OrtException {
    assertThat(slopes(graph.node("HardSwish", List.of("input"), "y")))
        .containsExactly(new float[] {0, 0, 1f / 6, 0.5f, 5f / 6, 1, 1, 1}, within(1e-6f));
  }
}
