package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Torchvision's classifiers as PyTorch exports them, against PyTorch's own gradients in float64.
 *
 * <p>Runs where the system property {@code sightline.zoo} names the folder that {@code
 * export_zoo.py} wrote; see ZOO.md. Skipped elsewhere, but fails if {@code sightline.requireZoo} is
 * true.
 */
class ZooTest {
  private static final double TO_THE_LAYER = 1e-5;
  private static final double TO_THE_INPUT = 1e-2;

  /**
   * Where rounding alone moves PyTorch's own result further than the bound, because a ReLU's
   * decision lies at zero, we may be this many times as far off as PyTorch.
   */
  private static final double OF_PYTORCH = 3;

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
    System.out.println(
        "| network | image | layer | grid | logits | to the layer | to the input | PyTorch float32: logits, to the input | outside TensorRT |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
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
    double logits = ZooReference.error(atLayer.logits, reference.logits());
    double torchLogits = ZooReference.error(reference.logitsInFloat32(), reference.logits());
    double toLayer = ZooReference.error(atLayer.gradient, map.gradient());
    ExplainedRun.Result atInput = run(graph.explain(graph.input().name()), reference);
    double toInput = ZooReference.error(atInput.gradient, reference.gradient());
    double torchInput = ZooReference.error(reference.gradientInFloat32(), reference.gradient());
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s, %s | %d×%d×%d | %.1e | %.1e | %.1e | %.1e, %.1e | %s |%n",
        network.getFileName(),
        reference.property("size"),
        layer.name(),
        layer.operator(),
        layer.channels(),
        layer.height(),
        layer.width(),
        logits,
        toLayer,
        toInput,
        torchLogits,
        torchInput,
        outsideTensorRt(explained));
    assertThat(logits).as("logits").isLessThan(Math.max(TO_THE_LAYER, OF_PYTORCH * torchLogits));
    assertThat(toLayer).as("gradient to " + layer.name()).isLessThan(TO_THE_LAYER);
    assertThat(toInput)
        .as("gradient to the input")
        .isLessThan(
            Math.max(TO_THE_INPUT, OF_PYTORCH * Math.max(torchInput, reference.sensitivity())));
  }

  private static ExplainedRun.Result run(ExplainedGraph graph, ZooReference reference)
      throws IOException, OrtException {
    long[] classes = reference.classes();
    long[] frames = LongStream.range(0, classes.length).toArray();
    try (ExplainedRun run = new ExplainedRun(graph)) {
      return run.run(reference.input(), frames, classes);
    }
  }

  private static String outsideTensorRt(ExplainedGraph explained) {
    Set<String> operators =
        explained.model().getGraph().getNodeList().stream()
            .map(NodeProto::getOpType)
            .collect(Collectors.toCollection(TreeSet::new));
    operators.removeAll(TensorRtOperators.NAMES);
    return operators.isEmpty() ? "none" : String.join(", ", operators);
  }
}
