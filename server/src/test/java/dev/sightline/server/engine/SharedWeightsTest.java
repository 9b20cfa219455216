package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.sightline.server.graph.Attributes;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.graph.RandomExpansion;
import dev.sightline.server.graph.ReluRule;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Sessions of one network: seven maps of 512 × 4 × 4, a convolution of 9.4 MB between each two. */
class SharedWeightsTest {
  private static final int CONVOLUTIONS = 6;
  private static final int CHANNELS = 512;
  private static final int CLASSES = 10;

  private static final Graph NETWORK = network();

  private static Graph network() {
    Random random = new Random(7);
    GraphBuilder graph = new GraphBuilder("heavy").input("image", 3, 4, 4);
    graph.initializer("w0", randoms(random, CHANNELS * 3), CHANNELS, 3, 1, 1);
    graph.node("Conv", List.of("image", "w0"), "conv0");
    graph.node("Relu", List.of("conv0"), "map0");
    for (int i = 1; i <= CONVOLUTIONS; i++) {
      graph.initializer(
          "w" + i, randoms(random, CHANNELS * CHANNELS * 9), CHANNELS, CHANNELS, 3, 3);
      graph.node(
          "Conv",
          List.of("map" + (i - 1), "w" + i),
          "conv" + i,
          Attributes.integers("pads", 1, 1, 1, 1));
      graph.node("Relu", List.of("conv" + i), "map" + i);
    }
    graph.node("GlobalAveragePool", List.of("map" + CONVOLUTIONS), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("head", randoms(random, CLASSES * CHANNELS), CLASSES, CHANNELS);
    graph.node("Gemm", List.of("flat", "head"), "scores", Attributes.integer("transB", 1));
    return Graph.of(graph.output("scores", CLASSES).build());
  }

  @Test
  void anotherLayerCostsAtMostAQuarterOfTheFirst() {
    // Once, for what is only allocated once in a process.
    open("map6").close();

    // The first map needs every convolution backwards: these weights exist once more, in another
    // order, however many layers need them.
    List<Supplier<Backend>> layers =
        Stream.of("map6", "conv6", "map0", "map1", "map5")
            .map(layer -> (Supplier<Backend>) () -> open(layer))
            .toList();
    long[] costs = costs(layers);

    long first = costs[0];
    assertThat(first).isBetween(45_000_000L, 90_000_000L);
    assertThat(costs[1]).isLessThanOrEqualTo(first / 4);
    assertThat(costs[2]).isLessThanOrEqualTo(first + first / 4);
    assertThat(costs[3]).isLessThanOrEqualTo(first / 4);
    assertThat(costs[4]).isLessThanOrEqualTo(first / 4);
    assertThat(costs[5]).as("left").isLessThan(first / 10);
  }

  @Test
  void layerWithAnExpansionNetworkCostsAtMostAQuarterOfTheFirst() {
    ExpansionNetwork expansion =
        ExpansionNetwork.of(RandomExpansion.of(NETWORK, "map6", 16, new Random(1)), NETWORK);
    ExplainedGraph expanded = NETWORK.explain("map6", ReluRule.PLAIN, expansion);
    FloatBuffer images = Pass.buffer(1, 48).put(randoms(new Random(9), 48)).rewind();
    Pass pass = Pass.ofMostProbable(images, 1);
    // Once, for what is only allocated once in a process.
    try (Backend backend = open(expanded);
        Backend plain = open("map6")) {
      PassResult result = backend.run(pass);
      assertThat(result.reconstructions()).hasSize(48);
      assertThat(result.logits()).isEqualTo(plain.run(pass).logits());
    }

    long[] costs = costs(List.of(() -> open("map6"), () -> open(expanded)));

    assertThat(costs[0]).isBetween(45_000_000L, 90_000_000L);
    assertThat(costs[1]).isLessThanOrEqualTo(costs[0] / 4);
    assertThat(costs[2]).as("left").isLessThan(costs[0] / 10);
  }

  /**
   * What each of them allocates beside those before, and last what is left when all are closed: the
   * median of several times, for the rest of the process allocates and frees meanwhile.
   */
  private static long[] costs(List<Supplier<Backend>> backends) {
    Optional<NativeHeap> heap = NativeHeap.ofThisProcess();
    assumeTrue(heap.isPresent(), "a C library that tells what is allocated");
    long[][] times = new long[backends.size() + 1][5];
    for (int time = 0; time < 5; time++) {
      List<Backend> open = new ArrayList<>();
      long before = heap.get().bytes();
      for (int i = 0; i < backends.size(); i++) {
        long allocated = heap.get().bytes();
        open.add(backends.get(i).get());
        times[i][time] = heap.get().bytes() - allocated;
      }
      open.forEach(Backend::close);
      times[backends.size()][time] = heap.get().bytes() - before;
    }
    return Arrays.stream(times)
        .mapToLong(cost -> Arrays.stream(cost).sorted().toArray()[2])
        .toArray();
  }

  @Test
  void sharingChangesNoBit() throws Exception {
    FloatBuffer images = Pass.buffer(2, 48).put(randoms(new Random(8), 96)).rewind();
    for (String layer : List.of("map6", "map2", "image")) {
      ExplainedGraph graph = NETWORK.explain(layer);
      try (Backend backend = new OnnxRuntime(EngineSettings.cpu(2)).open(graph, layer)) {
        PassResult result = backend.run(Pass.ofMostProbable(images, 2));
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> inputs =
            Map.of(
                "input", OnnxTensor.createTensor(environment, images, new long[] {2, 3, 4, 4}),
                "frame", OnnxTensor.createTensor(environment, new long[] {0, 1}),
                "class", OnnxTensor.createTensor(environment, new long[] {-1, -1}));
        try (OrtSession alone = environment.createSession(graph.onnx());
            OrtSession.Result expected = alone.run(inputs)) {
          assertThat(result.logits()).containsExactly(floats(expected, "logits"));
          if (!graph.atInput()) {
            assertThat(result.activations()).containsExactly(floats(expected, "activation"));
          }
          assertThat(result.gradients()).containsExactly(floats(expected, "gradient"));
        }
        inputs.values().forEach(OnnxTensor::close);
      }
    }
  }

  @Test
  void layersOpenedAndClosedByManyThreadsDoNotDisturbEachOther() throws Exception {
    FloatBuffer images = Pass.buffer(1, 48).put(randoms(new Random(9), 48)).rewind();
    Pass pass = Pass.ofMostProbable(images, 1);
    try (Backend kept = open("map6")) {
      float[] logits = kept.run(pass).logits();
      ExecutorService threads = Executors.newFixedThreadPool(3);
      List<Future<float[]>> others = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String layer = "map" + i % 3;
        others.add(
            threads.submit(
                () -> {
                  try (Backend backend = open(layer)) {
                    return backend.run(pass).logits();
                  }
                }));
      }
      for (Future<float[]> other : others) {
        assertThat(other.get()).containsExactly(logits);
        assertThat(kept.run(pass).logits()).containsExactly(logits);
      }
      threads.shutdown();
    }
  }

  @Test
  void aValueIsKeptOnceAndUntilItsLastHolderIsGone() {
    SharedWeights weights = new SharedWeights();
    ByteBuffer value = ByteBuffer.wrap(new byte[] {1, 2, 3, 4});
    ByteBuffer other = ByteBuffer.wrap(new byte[] {1, 2, 3, 5});
    SharedWeights.Lease first = weights.lease();
    SharedWeights.Lease second = weights.lease();

    ByteBuffer held = first.add(value);
    ByteBuffer again = second.add(value.duplicate());
    ByteBuffer third = second.add(other);
    assertThat(weights.size()).isEqualTo(8);
    held.put(0, (byte) 9);
    assertThat(again.get(0)).isEqualTo((byte) 9);
    assertThat(third.get(3)).isEqualTo((byte) 5);

    first.close();
    assertThat(weights.size()).isEqualTo(8);
    second.close();
    assertThat(weights.size()).isZero();
  }

  private static Backend open(String layer) {
    return open(NETWORK.explain(layer));
  }

  private static Backend open(ExplainedGraph graph) {
    return new OnnxRuntime(EngineSettings.cpu(1)).open(graph, graph.layer().name());
  }

  private static float[] floats(OrtSession.Result result, String name) throws Exception {
    FloatBuffer buffer = ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static float[] randoms(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() / 64;
    }
    return values;
  }
}
