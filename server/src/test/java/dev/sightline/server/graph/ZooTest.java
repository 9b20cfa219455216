package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Torchvision's classifiers as PyTorch exports them, against PyTorch's own gradients in float64.
 *
 * <p>Runs where the system property {@code sightline.zoo} names the folder that {@code
 * export_zoo.py} wrote, and leaves each network's row of ZOO.md's table in its folder. Skipped
 * elsewhere, but fails if {@code sightline.requireZoo} is true. Where {@code sightline.zooGraphs}
 * names a folder, the graphs that were made are written there, for {@code check_graphs.py}.
 */
class ZooTest {
  private static final double TO_THE_LAYER = 1e-5;

  /** To the input of the first frame, whose every decision is firm. */
  private static final double DECIDED = 1e-4;

  /** To the input of the others, where the decision of a ReLU may lie at zero. */
  private static final double TO_THE_INPUT = 1e-2;

  /** Where rounding alone moves PyTorch's own logits further than the bound, this many times so. */
  private static final double OF_PYTORCH = 3;

  /**
   * The same of the gradient to the input, where a few decisions make the whole distance, and one
   * more or less of them is chance.
   */
  private static final double OF_DECISIONS = 10;

  @TestFactory
  Stream<DynamicTest> gradientsAreThoseOfPyTorch() throws IOException {
    String folder = System.getProperty("sightline.zoo", "");
    if (folder.isEmpty() || !Files.isDirectory(Path.of(folder))) {
      String missing = "system property sightline.zoo names no folder; see server/ZOO.md";
      return Boolean.getBoolean("sightline.requireZoo") ? fail(missing) : abort(missing);
    }
    List<Path> networks;
    try (Stream<Path> entries = Files.list(Path.of(folder))) {
      networks =
          entries
              .filter(entry -> Files.exists(entry.resolve("reference.properties")))
              .sorted()
              .toList();
    }
    assertThat(networks).as("networks in " + folder).isNotEmpty();
    return networks.stream()
        .map(
            network ->
                DynamicTest.dynamicTest(network.getFileName().toString(), () -> check(network)));
  }

  static void check(Path network) throws IOException, OrtException {
    ZooReference reference = new ZooReference(network);
    Graph graph = Graph.read(reference.model());
    Layer layer = graph.defaultLayer();
    ExplainedGraph explained = graph.explain(layer.name());
    Structure.check(explained);
    ExplainedRun.Result atLayer = run(explained, reference);
    ZooReference.Map map =
        reference
            .map(layer, atLayer.activation)
            .orElseThrow(() -> new AssertionError(layer + " is no late map of PyTorch's"));
    double toLayer = ZooReference.error(atLayer.gradient, map.gradient());
    double[] exactLogits = reference.logits();
    double logits = ZooReference.error(atLayer.logits, exactLogits);
    double torchLogits = ZooReference.error(reference.logitsInFloat32(), exactLogits);

    ExplainedGraph toTheInput = graph.explain(graph.input().name());
    Structure.check(toTheInput);
    write(explained, network.getFileName() + "-layer.onnx");
    write(toTheInput, network.getFileName() + "-input.onnx");
    ExplainedRun.Result atInput = run(toTheInput, reference);
    double[] exact = reference.gradient();
    float[] torch = reference.gradientInFloat32();
    double decided = reference.error(atInput.gradient, exact, 0);
    double torchDecided = reference.error(torch, exact, 0);
    double ordinary = reference.error(atInput.gradient, exact, 1);
    double torchOrdinary = reference.error(torch, exact, 1);

    ZooRow row =
        new ZooRow(
            network.getFileName().toString(),
            reference.property("size"),
            layer,
            logits,
            torchLogits,
            toLayer,
            decided,
            torchDecided,
            ordinary,
            torchOrdinary,
            reference.sensitivity(1),
            reference.otherwise(1),
            outsideTensorRt(explained));
    Files.writeString(network.resolve("row.md"), row.markdown(TO_THE_INPUT));
    System.out.print(row.markdown(TO_THE_INPUT));

    assertThat(reference.otherwise(0)).as("decisions of the first frame at zero").isZero();
    assertThat(logits).as("logits").isLessThan(Math.max(TO_THE_LAYER, OF_PYTORCH * torchLogits));
    assertThat(toLayer).as("gradient to " + layer.name()).isLessThan(TO_THE_LAYER);
    assertThat(decided).as("gradient to the input, decisions firm").isLessThan(DECIDED);
    assertThat(ordinary)
        .as("gradient to the input")
        .isLessThan(
            Math.max(
                TO_THE_INPUT, OF_DECISIONS * Math.max(torchOrdinary, reference.sensitivity(1))));
  }

  private static void write(ExplainedGraph graph, String name) throws IOException {
    String folder = System.getProperty("sightline.zooGraphs", "");
    if (!folder.isEmpty()) {
      Files.write(Files.createDirectories(Path.of(folder)).resolve(name), graph.onnx());
    }
  }

  private static ExplainedRun.Result run(ExplainedGraph graph, ZooReference reference)
      throws IOException, OrtException {
    long[] classes = reference.classes();
    long[] frames = LongStream.range(0, classes.length).toArray();
    try (ExplainedRun run = new ExplainedRun(graph)) {
      return run.run(reference.input(), frames, classes);
    }
  }

  private static Set<String> outsideTensorRt(ExplainedGraph explained) {
    return new TreeSet<>(explained.report().outsideTensorRt());
  }
}
