package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphBuilder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A small network on ONNX Runtime: 1 × 4 × 4 to five classes, cut at a map of 3 × 4 × 4. */
class OnnxBackendTest {
  private static final int CLASSES = 5;
  private static final float[] HEAD = randoms(1, CLASSES * 3);

  private static Backend backend;

  @BeforeAll
  static void open() {
    backend = new OnnxRuntime(EngineSettings.cpu(8)).open(network(), "small");
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  private static ExplainedGraph network() {
    return graph().explain("map");
  }

  private static Graph graph() {
    return graph(4);
  }

  private static Graph graph(int side) {
    GraphBuilder graph = new GraphBuilder("small").input("image", 1, side, side);
    graph.initializer("w", randoms(2, 27), 3, 1, 3, 3);
    graph.node("Conv", List.of("image", "w"), "conv", Attributes.integers("pads", 1, 1, 1, 1));
    graph.node("Relu", List.of("conv"), "map");
    graph.node("GlobalAveragePool", List.of("map"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", HEAD, CLASSES, 3);
    graph.node("Gemm", List.of("flat", "head"), "scores", Attributes.integer("transB", 1));
    return Graph.of(graph.output("scores", CLASSES).build());
  }

  @Test
  void logitsActivationAndGradientBelongTogether() {
    PassResult result = backend.run(new Pass(images(4), 3, new int[] {2, 0}, new int[] {4, 1}));

    for (int frame = 0; frame < 3; frame++) {
      for (int c = 0; c < CLASSES; c++) {
        double logit = 0;
        for (int k = 0; k < 3; k++) {
          for (int i = 0; i < 16; i++) {
            logit += HEAD[3 * c + k] * result.activations()[(frame * 3 + k) * 16 + i] / 16.0;
          }
        }
        assertThat((double) result.logits()[frame * CLASSES + c])
            .isCloseTo(logit, Offset.offset(1e-5));
      }
    }
    assertThat(result.chosen()).startsWith(4, 1);
    for (int k = 0; k < 3; k++) {
      assertThat(result.gradients()[k * 16 + 5]).isEqualTo(HEAD[3 * 4 + k] / 16);
      assertThat(result.gradients()[(3 + k) * 16 + 5]).isEqualTo(HEAD[3 + k] / 16);
    }
  }

  @Test
  void ranksChooseTheMostProbableClasses() {
    PassResult result =
        backend.run(new Pass(images(1), 1, new int[] {0, 0, 0}, new int[] {-1, -2, -5}));

    Integer[] ranked = {0, 1, 2, 3, 4};
    Arrays.sort(ranked, (a, b) -> Float.compare(result.logits()[b], result.logits()[a]));
    assertThat(result.chosen()).startsWith(ranked[0], ranked[1], ranked[4]);
  }

  @Test
  void aFrameDoesNotDependOnThePassItIsIn() {
    FloatBuffer images = images(8);
    for (int frames = 1; frames <= 8; frames++) {
      int last = frames - 1;
      PassResult together = backend.run(new Pass(images, frames, new int[] {last}, new int[] {2}));
      FloatBuffer single = images(1);
      single.put(0, images, last * 16, 16);
      PassResult alone = backend.run(new Pass(single, 1, new int[] {0}, new int[] {2}));
      assertThat(Arrays.copyOfRange(together.logits(), last * CLASSES, frames * CLASSES))
          .containsExactly(alone.logits(), Offset.offset(1e-6f));
    }
  }

  @Test
  void manyThreadsGetTheSameBits() throws Exception {
    FloatBuffer images = images(4);
    Pass pass = new Pass(images, 4, new int[] {0, 1, 2, 3}, new int[] {-1, -1, -1, -1});
    PassResult expected = backend.run(pass);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Boolean>> same = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      same.add(
          threads.submit(
              () -> {
                PassResult result = backend.run(pass);
                return Arrays.equals(result.logits(), expected.logits())
                    && Arrays.equals(result.activations(), expected.activations())
                    && Arrays.equals(result.gradients(), expected.gradients());
              }));
    }
    for (Future<Boolean> equal : same) {
      assertThat(equal.get(60, TimeUnit.SECONDS)).isTrue();
    }
    threads.shutdown();
  }

  @Test
  void memoryThatIsUsedAgainGivesWhatFreshMemoryGives() {
    PassBuffers buffers = new PassBuffers();
    FloatBuffer images = images(8);
    for (int frames : new int[] {8, 1, 5, 2}) {
      Pass pass = Pass.ofMostProbable(images, frames);
      assertSame(backend.run(pass, buffers), backend.run(pass), frames);
    }
    Pass rowless = Pass.ofLogits(images, 3);
    assertThat(backend.run(rowless, buffers).gradients()).isEmpty();
    assertThat(backend.run(rowless, buffers).activations())
        .startsWith(backend.run(rowless).activations());
  }

  @Test
  void memoryIsUsedAgain() {
    PassBuffers buffers = new PassBuffers();
    PassResult first = backend.run(Pass.ofMostProbable(images(8), 8), buffers);
    PassResult second = backend.run(Pass.ofMostProbable(images(8), 3), buffers);

    assertThat(second.gradients()).isSameAs(first.gradients());
    assertThat(second.activations()).isSameAs(first.activations());
    assertThat(second.logits()).isSameAs(first.logits());
  }

  @Test
  void whatIsTooLargeToBeKeptIsTheSame() {
    int side = 1 + (int) Math.sqrt(PassBuffers.MOST_KEPT_FLOATS / 6.0);
    Pass two = Pass.ofMostProbable(images(2, side * side), 2);
    FloatBuffer second = Pass.buffer(1, side * side);
    second.put(0, two.images(), side * side, side * side);
    PassBuffers buffers = new PassBuffers();
    try (Backend large =
        new OnnxRuntime(EngineSettings.cpu(2)).open(graph(side).explain("map"), "large")) {
      int grid = large.shape().gridSize();
      assertThat(PassBuffers.keeps(grid)).isTrue();
      assertThat(PassBuffers.keeps(2L * grid)).isFalse();
      float[] kept = large.run(Pass.ofMostProbable(second, 1), buffers).gradients();
      PassResult allocated = large.run(two, buffers);
      assertThat(allocated.gradients()).isNotSameAs(kept);
      assertThat(Arrays.equals(allocated.gradients(), grid, 2 * grid, kept, 0, grid)).isTrue();
      assertThat(large.run(two, buffers).gradients()).isNotSameAs(allocated.gradients());
    }
  }

  private static void assertSame(PassResult result, PassResult fresh, int frames) {
    assertThat(result.chosen()).isEqualTo(fresh.chosen());
    assertThat(Arrays.copyOf(result.logits(), frames * CLASSES))
        .isEqualTo(Arrays.copyOf(fresh.logits(), frames * CLASSES));
    int grids = frames * backend.shape().gridSize();
    assertThat(Arrays.copyOf(result.activations(), grids))
        .isEqualTo(Arrays.copyOf(fresh.activations(), grids));
    assertThat(Arrays.copyOf(result.gradients(), grids))
        .isEqualTo(Arrays.copyOf(fresh.gradients(), grids));
  }

  @Test
  void aPassThatDoesNotFitIsRefusedAndTheNextOneWorks() {
    int[] none = {};
    assertThatThrownBy(() -> backend.run(new Pass(images(16), 9, none, none)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 8");
    assertThatThrownBy(() -> backend.run(new Pass(images(2), 3, none, none)))
        .hasMessageContaining("48 floats");
    assertThatThrownBy(() -> backend.run(new Pass(images(1), 1, new int[] {1}, new int[] {0})))
        .hasMessageContaining("row 0 names frame 1");
    assertThatThrownBy(() -> backend.run(new Pass(images(1), 1, new int[] {0}, new int[] {5})))
        .hasMessageContaining("row 0 names class 5");
    assertThatThrownBy(() -> backend.run(new Pass(images(1), 1, new int[] {0}, new int[] {-6})))
        .hasMessageContaining("row 0 names class -6");

    assertThat(backend.run(new Pass(images(1), 1, none, none)).logits()).hasSize(CLASSES);
  }

  @Test
  void aPassWithoutRowsGivesTheSameLogitsAndActivationsAndNoGradients() {
    FloatBuffer images = images(4);
    PassResult with = backend.run(Pass.ofMostProbable(images, 3));
    PassResult without = backend.run(Pass.ofLogits(images, 3));
    assertThat(without.logits()).isEqualTo(with.logits());
    assertThat(without.activations()).isEqualTo(with.activations());
    assertThat(without.gradients()).isEmpty();
    assertThat(without.chosen()).isEmpty();
  }

  /** ONNX Runtime does not multiply a matrix with no rows at all from the left. */
  @Test
  void aNetworkThatTheEngineCannotRunWithoutRowsIsRunWithOne() {
    GraphBuilder graph = new GraphBuilder("left").input("image", 1, 4, 4);
    graph.initializer("w", randoms(4, 12), 3, 4);
    graph.node("Relu", List.of("image"), "map");
    graph.node("MatMul", List.of("w", "map"), "product");
    graph.node("Flatten", List.of("product"), "scores");
    Graph read = Graph.of(graph.output("scores", 12).build());
    try (Backend left = new OnnxRuntime(EngineSettings.cpu(2)).open(read.explain("map"), "left");
        Backend plain = new OnnxRuntime(EngineSettings.cpu(2)).open(read.inference(), "left")) {
      PassResult result = left.run(Pass.ofLogits(images(2), 2));
      assertThat(result.logits()).isEqualTo(plain.run(Pass.ofLogits(images(2), 2)).logits());
      assertThat(result.activations()).hasSize(2 * 16);
    }
  }

  @Test
  void inferenceAndHeadGiveTheLogitsOfTheExplainedPass() {
    PassResult explained = backend.run(Pass.ofMostProbable(images(4), 3));
    try (Backend inference = new OnnxRuntime(EngineSettings.cpu(4)).open(graph().inference(), "i");
        Backend head = new OnnxRuntime(EngineSettings.cpu(4)).open(graph().head("map"), "h")) {
      assertThat(inference.shape()).isEqualTo(PassShape.ofInference(1, 4, 4, CLASSES));
      assertThat(inference.shape().gridSize()).isZero();
      assertThat(head.shape()).isEqualTo(PassShape.ofInference(3, 4, 4, CLASSES));
      PassResult whole = inference.run(Pass.ofLogits(images(4), 3));
      assertThat(whole.activations()).isEmpty();
      assertThat(whole.gradients()).isEmpty();
      assertThat(whole.chosen()).isEmpty();
      FloatBuffer maps = Pass.buffer(4, 48).put(explained.activations(), 0, 3 * 48);
      PassResult behind = head.run(Pass.ofLogits(maps, 3));
      for (int i = 0; i < 3 * CLASSES; i++) {
        assertThat(whole.logits()[i]).isCloseTo(explained.logits()[i], Offset.offset(1e-6f));
        assertThat(behind.logits()[i]).isCloseTo(explained.logits()[i], Offset.offset(1e-6f));
      }
      assertThatThrownBy(() -> head.run(Pass.ofMostProbable(maps, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("3 rows in a pass that gives logits only");
    }
  }

  @Test
  void gradientToTheInputComesWithoutTheImagesAgain() {
    try (Backend toInput =
        new OnnxRuntime(EngineSettings.cpu(2)).open(graph().explain("image"), "to the input")) {
      PassResult result = toInput.run(Pass.ofMostProbable(images(2), 2));
      assertThat(toInput.shape()).isEqualTo(new PassShape(1, 4, 4, CLASSES, 1, 4, 4));
      assertThat(result.activations()).isEmpty();
      assertThat(result.gradients()).hasSize(2 * 16);
    }
  }

  @Test
  void aDeviceThatCannotBeHadFallsBackToTheCpu() {
    for (EngineSettings.Device device : EngineSettings.Device.values()) {
      EngineSettings settings = new EngineSettings(device, 0, 1, 2, true, null);
      try (Backend fallen = new OnnxRuntime(settings).open(network(), "small")) {
        assertThat(fallen.run(new Pass(images(1), 1, new int[] {0}, new int[] {0})).chosen())
            .startsWith(0);
        // This test also runs where there is a GPU and a library for it.
        assertThat(fallen.description())
            .isIn("OnnxRuntime on cpu", "OnnxRuntime on " + device.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  private static FloatBuffer images(int frames) {
    return images(frames, 16);
  }

  private static FloatBuffer images(int frames, int size) {
    return Pass.buffer(frames, size).put(randoms(3, frames * size)).rewind();
  }

  private static float[] randoms(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
