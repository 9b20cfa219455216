package dev.sightline.server.engine;

import static dev.sightline.server.engine.TorchModules.CLASSES;
import static dev.sightline.server.engine.TorchModules.IMAGE;
import static dev.sightline.server.engine.TorchModules.LAYER;
import static dev.sightline.server.engine.TorchModules.images;
import static dev.sightline.server.engine.TorchModules.torch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.Graph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchBackendTest {
  private static final int[] ROW_FRAMES = {0, 0, 2, 1, 2, 0, 1};
  private static final int[] ROW_CLASSES = {-1, 3, -2, 9, 0, -10, -1};

  @ParameterizedTest
  @ValueSource(strings = {"pooled", "hidden"})
  void bothEnginesAgreeOnTheSameNetwork(String name) {
    Pass pass = new Pass(images(4, 1), 3, ROW_FRAMES, ROW_CLASSES);
    try (Backend torch = torch(name, 4);
        Backend onnx = TorchModules.onnx(name, 4)) {
      PassResult ours = torch.run(pass);
      PassResult others = onnx.run(pass);

      assertThat(torch.shape()).isEqualTo(onnx.shape());
      assertThat(ours.chosen()).isEqualTo(Arrays.copyOf(others.chosen(), ROW_FRAMES.length));
      assertThat(difference(ours.logits(), others.logits())).isLessThan(1e-6);
      assertThat(difference(ours.activations(), others.activations())).isLessThan(1e-6);
      assertThat(difference(ours.gradients(), others.gradients())).isLessThan(1e-6);
      assertThat(norm(ours.gradients())).isGreaterThan(0.1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pooled", "hidden"})
  void bothEnginesAgreeOnTheGradientToTheInput(String name) {
    Pass pass = new Pass(images(4, 1), 3, ROW_FRAMES, ROW_CLASSES);
    try (TorchBackend torch = torch(name, 4);
        Backend ours = torch.toInput();
        Backend onnx =
            new OnnxRuntime(EngineSettings.cpu(4)).open(graph(name).explain("input"), name)) {
      PassResult result = ours.run(pass);
      PassResult expected = onnx.run(pass);

      assertThat(ours.shape()).isEqualTo(onnx.shape());
      assertThat(result.chosen()).isEqualTo(Arrays.copyOf(expected.chosen(), ROW_FRAMES.length));
      assertThat(difference(result.logits(), expected.logits())).isLessThan(1e-6);
      assertThat(result.activations()).isEmpty();
      assertThat(difference(result.gradients(), expected.gradients())).isLessThan(2e-6);
      assertThat(norm(result.gradients())).isGreaterThan(0.1);

      PassResult perFrame = ours.run(new Pass(images(4, 1), 3, new int[] {0, 1, 2}, new int[3]));
      PassResult onnxPerFrame =
          onnx.run(new Pass(images(4, 1), 3, new int[] {0, 1, 2}, new int[3]));
      assertThat(difference(perFrame.gradients(), onnxPerFrame.gradients())).isLessThan(2e-6);
      assertThat(ours.run(Pass.ofLogits(images(4, 1), 3)).gradients()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pooled", "hidden"})
  void bothEnginesAgreeOnTheHeadAndOnInference(String name) {
    try (TorchBackend torch = torch(name, 4);
        Backend ours = torch.head();
        Backend inference = torch.inference();
        Backend onnx = new OnnxRuntime(EngineSettings.cpu(4)).open(graph(name).head(LAYER), name)) {
      PassResult whole = torch.run(Pass.ofLogits(images(4, 3), 3));
      FloatBuffer maps = Pass.buffer(4, torch.shape().gridSize()).put(whole.activations()).clear();
      PassResult result = ours.run(Pass.ofLogits(maps, 3));

      assertThat(ours.shape()).isEqualTo(onnx.shape());
      assertThat(difference(result.logits(), onnx.run(Pass.ofLogits(maps, 3)).logits()))
          .isLessThan(1e-6);
      assertThat(difference(result.logits(), whole.logits())).isLessThan(1e-6);
      assertThat(inference.shape().gridSize()).isZero();
      assertThat(inference.run(Pass.ofLogits(images(4, 3), 3)).logits()).isEqualTo(whole.logits());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ours.run(Pass.ofMostProbable(maps, 2)))
          .withMessage("2 rows in a pass that gives logits only");
    }
  }

  @Test
  void centreCellSeesWhatItSeesOnTheOtherEngine() {
    FloatBuffer images = images(2, 3);
    Pass pass = new Pass(images, 2, new int[] {1, 0}, new int[] {0, 0});
    ExplainedGraph graph = graph("hidden").explainCentre(TorchModules.LAYER);
    try (TorchBackend torch = torch("hidden", 2);
        Backend centre = torch.centre();
        Backend onnx = new OnnxRuntime(EngineSettings.cpu(2)).open(graph, "hidden")) {
      PassResult ofTorch = centre.run(pass);
      PassResult ofOnnx = onnx.run(pass);
      assertThat(ofTorch.logits()).hasSize(2);
      assertThat(difference(ofTorch.logits(), ofOnnx.logits())).isLessThan(1e-5);
      assertThat(ofTorch.gradients()).hasSize(2 * IMAGE);
      assertThat(difference(ofTorch.gradients(), ofOnnx.gradients())).isLessThan(1e-5);
    }
  }

  @Test
  void moduleLivesAsLongAsAnyoneRunsIt() {
    TorchBackend torch = torch("pooled", 1);
    Backend inference = torch.inference();
    float[] before = inference.run(Pass.ofLogits(images(1, 1), 1)).logits();
    torch.close();
    torch.close();
    assertThat(inference.run(Pass.ofLogits(images(1, 1), 1)).logits()).isEqualTo(before);
    inference.close();
    assertThatIllegalStateException().isThrownBy(torch::head).withMessage("pooled is closed");
  }

  private static Graph graph(String name) {
    return Graph.read(TorchModules.path(name + ".onnx"));
  }

  @Test
  void frameHasOneAnswerAloneAndInAnyBatchWithAnyRows() {
    FloatBuffer three = images(3, 2);
    try (Backend torch = torch("hidden", 4)) {
      PassResult together = torch.run(new Pass(three, 3, ROW_FRAMES, ROW_CLASSES));
      PassResult inOrder =
          torch.run(new Pass(three, 3, new int[] {0, 1, 2}, new int[] {-1, -1, 0}));
      PassResult plain = torch.run(new Pass(three, 3, new int[0], new int[0]));
      FloatBuffer last = images(1, 0).put(0, three, 2 * IMAGE, IMAGE);
      PassResult alone = torch.run(new Pass(last, 1, new int[] {0}, new int[] {0}));

      int grid = torch.shape().gridSize();
      assertThat(difference(plain.logits(), together.logits())).isLessThan(1e-6);
      assertThat(difference(inOrder.logits(), together.logits())).isLessThan(1e-6);
      assertThat(
              difference(part(inOrder.gradients(), 0, grid), part(together.gradients(), 0, grid)))
          .isLessThan(1e-6);
      assertThat(difference(part(together.logits(), 2, CLASSES), alone.logits())).isLessThan(1e-6);
      assertThat(difference(part(together.activations(), 2, grid), alone.activations()))
          .isLessThan(1e-6);
      assertThat(difference(part(together.gradients(), 4, grid), alone.gradients()))
          .isLessThan(1e-6);
      assertThat(plain.gradients()).isEmpty();
    }
  }

  @Test
  void moduleSavedInTrainingModeRunsInEvaluationMode() {
    Pass pass = new Pass(images(4, 3), 3, ROW_FRAMES, ROW_CLASSES);
    try (Backend scripted = torch("scripted-training", 4);
        Backend traced = torch("hidden", 4)) {
      PassResult expected = traced.run(pass);
      for (int i = 0; i < 5; i++) {
        PassResult result = scripted.run(pass);
        assertThat(difference(result.logits(), expected.logits())).isLessThan(1e-6);
        assertThat(difference(result.gradients(), expected.gradients())).isLessThan(1e-6);
      }
    }
  }

  @Test
  void moduleTracedInTrainingModeIsRefused() {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> torch("traced-training", 1))
        .withMessageStartingWith("traced-training gives a frame other logits from run to run")
        .withMessageEndingWith("call eval() before tracing it");
  }

  @Test
  void whatIsNoSuchModuleIsRefusedBySayingWhatIsMissing(@TempDir Path folder) throws IOException {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> torch("without-methods", 1))
        .withMessageContaining("method features of without-methods");
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(
            () ->
                new PyTorch(EngineSettings.cpu(1))
                    .open(new TorchFile(TorchModules.path("pooled.pt"), 1, 32, 32), "grey"))
        .withMessageContaining("method features of grey");
    Path text = Files.writeString(folder.resolve("model.pt"), "no module");
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(
            () -> new PyTorch(EngineSettings.cpu(1)).open(new TorchFile(text, 3, 8, 8), "t"))
        .withMessageStartingWith("PyTorch cannot load " + text + " of t: ");
  }

  @Test
  void headOfPoolingAndOneLinearLayerIsRecognised() {
    try (TorchBackend pooled = torch("pooled", 1);
        TorchBackend hidden = torch("hidden", 1)) {
      assertThat(pooled.poolingAndLinear()).isTrue();
      assertThat(hidden.poolingAndLinear()).isFalse();
    }
  }

  @Test
  void passThatDoesNotFitIsRefused() {
    FloatBuffer two = images(2, 1);
    try (Backend torch = torch("pooled", 2)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> torch.run(new Pass(images(3, 1), 3, new int[] {0}, new int[] {0})))
          .withMessage("3 frames in a pass of at most 2");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> torch.run(new Pass(two, 2, new int[] {2}, new int[] {0})))
          .withMessage("row 0 names frame 2");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> torch.run(new Pass(two, 2, new int[] {0}, new int[] {-11})))
          .withMessage("row 0 names class -11");
    }
  }

  @Test
  void gpuThatIsNotThereFallsBackToTheCpu() {
    EngineSettings settings = new EngineSettings(EngineSettings.Device.CUDA, 99, 1, 1, false, null);
    try (Backend torch = new PyTorch(settings).open(TorchModules.file("pooled"), "pooled")) {
      assertThat(torch.description()).isEqualTo("PyTorch on cpu");
      assertThat(torch.run(new Pass(images(1, 1), 1, new int[] {0}, new int[] {-1})).logits())
          .hasSize(CLASSES);
    }
  }

  @Test
  void manyThreadsGetTheAnswersOfOne() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Backend torch = torch("hidden", 4);
        Backend other = torch("pooled", 4)) {
      Pass pass = new Pass(images(4, 5), 4, ROW_FRAMES, ROW_CLASSES);
      PassResult expected = torch.run(pass);
      PassResult otherExpected = other.run(pass);
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        boolean mine = thread % 2 == 0;
        running.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 200; i++) {
                    if (i % 50 == 0) {
                      System.gc(); // what Java frees too early would be read as garbage
                    }
                    PassResult result = (mine ? torch : other).run(pass);
                    PassResult wanted = mine ? expected : otherExpected;
                    assertThat(difference(result.logits(), wanted.logits())).isLessThan(1e-6);
                    assertThat(difference(result.gradients(), wanted.gradients())).isLessThan(1e-6);
                  }
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void tenThousandPassesLeakNothing() throws IOException {
    int[] frames = {0, 0, 1, 2, 3};
    int[] classes = {-1, -2, -1, 7, -1};
    Pass rows = new Pass(images(4, 6), 4, frames, classes);
    Pass rowPerFrame = new Pass(images(4, 6), 4, new int[] {0, 1, 2, 3}, new int[] {-1, 1, 2, 3});
    Pass tooMany = new Pass(images(8, 6), 8, new int[0], new int[0]);
    try (TorchBackend torch = torch("hidden", 4);
        Backend toInput = torch.toInput();
        Backend head = torch.head()) {
      FloatBuffer maps = Pass.buffer(4, torch.shape().gridSize());
      for (int i = 0; i < 2_000; i++) {
        torch.run(rows);
        torch.run(rowPerFrame);
        toInput.run(i % 2 == 0 ? rows : rowPerFrame);
        head.run(Pass.ofLogits(maps, 4));
      }
      System.gc();
      long before = nativeBytes();
      for (int i = 0; i < 5_000; i++) {
        torch.run(rows);
        torch.run(rowPerFrame);
        toInput.run(i % 2 == 0 ? rows : rowPerFrame);
        head.run(Pass.ofLogits(maps, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> torch.run(tooMany));
      }
      System.gc();
      // One forgotten map of a pass would be 12 kB, 120 MB in all; a forgotten handle of 100 bytes
      // would be 1 MB.
      assertThat(nativeBytes() - before).isLessThan(8L << 20);
    }
  }

  /** What the process holds beside Java's heap, whose growth is no leak. */
  private static long nativeBytes() throws IOException {
    long resident =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("RssAnon:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
            .findFirst()
            .orElseThrow();
    return resident - Runtime.getRuntime().totalMemory();
  }

  private static float[] part(float[] values, int index, int size) {
    return Arrays.copyOfRange(values, index * size, (index + 1) * size);
  }

  /** The distance of two vectors beside the length of the first, which may be the shorter one. */
  private static double difference(float[] values, float[] others) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += Math.pow((double) values[i] - others[i], 2);
    }
    return Math.sqrt(sum) / norm(values);
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
