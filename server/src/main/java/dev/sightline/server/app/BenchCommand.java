package dev.sightline.server.app;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.model.ModelFolder;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures what logits, activations and gradients cost beside plain inference of the same network
 * on the same engine: at the default layer for one class and for five, and at the input. They are
 * run in turns, so that a busy machine slows them all.
 */
@Command(
    name = "bench",
    description = "Measures what an explanation costs beside plain inference.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

  private static final int LEAST_ROUNDS = 10;
  private static final int SEVERAL = 5;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "MODEL", description = "Names of models. Default: all that are there.")
  List<String> models = new ArrayList<>();

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "1,8",
      description = "Batch sizes, powers of two. Default: ${DEFAULT-VALUE}")
  List<Integer> batches = new ArrayList<>();

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "Seconds of runs that count, for each line. Default: ${DEFAULT-VALUE}")
  int seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "15",
      description = "Seconds of runs that do not count. Default: ${DEFAULT-VALUE}")
  int warmUpSeconds;

  @Option(
      names = "--engine-threads",
      defaultValue = "1",
      description = "The engine's threads for one pass. Default: ${DEFAULT-VALUE}")
  int threads;

  @Option(
      names = "--cpu-time",
      description =
          "Count the processor's time instead of the clock's, for a machine that others use too;"
              + " needs one engine thread.")
  boolean cpuTime;

  /** A way to run the batch once, and how long each run took, in seconds. */
  private record Contender(String name, Runnable run, List<Double> times) {
    Contender(String name, Runnable run) {
      this(name, run, new ArrayList<>());
    }
  }

  @Override
  public Integer call() {
    if (cpuTime && threads > 1) {
      throw new ParameterException(
          spec.commandLine(), "--cpu-time counts one thread; leave --engine-threads at 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%-16s %5s  %-16s %9s %9s %17s%n",
        "model", "batch", "pass", "img/s", "of plain", "middle half");
    for (Path folder : ModelPaths.resolve(models)) {
      ModelFolder model = ModelFolder.read(folder);
      for (int batch : batches) {
        measure(model, batch, out);
        out.flush();
      }
    }
    return 0;
  }

  private void measure(ModelFolder model, int batch, PrintWriter out) {
    EngineSettings settings =
        new EngineSettings(EngineSettings.Device.CPU, 0, threads, batch, false, null);
    Graph graph = model.graph();
    OnnxRuntime engine = new OnnxRuntime(settings);
    try (Backend layer = engine.open(graph.explain(model.defaultLayer()), model.name());
        Backend plain = engine.open(graph.inference(), model.name());
        @Nullable Backend input = atInput(graph, engine, model.name())) {
      PassBuffers buffers = new PassBuffers();
      FloatBuffer images = noise(batch, layer.shape().imageSize());
      Pass inference = Pass.ofLogits(images, batch);
      Pass one = Pass.ofMostProbable(images, batch);
      Pass several = ofMostProbable(images, batch, Math.min(SEVERAL, graph.classes()));
      List<Contender> contenders = new ArrayList<>();
      contenders.add(new Contender("plain inference", () -> plain.run(inference, buffers)));
      contenders.add(new Contender("one class", () -> layer.run(one, buffers)));
      contenders.add(new Contender("five classes", () -> layer.run(several, buffers)));
      if (input != null) {
        contenders.add(new Contender("to the input", () -> input.run(one, buffers)));
      }
      race(contenders);
      contenders.forEach(contender -> out.println(line(model, batch, contenders, contender)));
    }
  }

  /** Nothing where an early operator cannot be differentiated. */
  private static @Nullable Backend atInput(Graph graph, OnnxRuntime engine, String name) {
    return graph.obstacle(ReluRule.PLAIN).isPresent()
        ? null
        : engine.open(graph.explain(graph.input().name()), name);
  }

  /** Runs them in turns, as they come and the other way round by turns. */
  private void race(List<Contender> contenders) {
    // Until Java has compiled what surrounds the engine, which takes some hundred passes.
    for (long end = after(warmUpSeconds); System.nanoTime() < end; ) {
      contenders.forEach(contender -> contender.run.run());
    }
    List<Contender> backwards = new ArrayList<>(contenders);
    Collections.reverse(backwards);
    long end = after(seconds);
    for (int i = 0; i < LEAST_ROUNDS || System.nanoTime() < end; i++) {
      // Whoever comes later finds warmer caches.
      for (Contender contender : i % 2 == 0 ? contenders : backwards) {
        long begin = now();
        contender.run.run();
        contender.times.add((now() - begin) / 1e9);
      }
    }
  }

  private long now() {
    return cpuTime
        ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  private static String line(
      ModelFolder model, int batch, List<Contender> contenders, Contender contender) {
    List<Double> plain = contenders.get(0).times;
    List<Double> ratios =
        IntStream.range(0, plain.size())
            .mapToObj(i -> plain.get(i) / contender.times.get(i))
            .toList();
    return "%-16s %5d  %-16s %9.1f %9.3f %8.3f - %.3f"
        .formatted(
            model.name(),
            batch,
            contender.name,
            batch / quantile(contender.times, 0.5),
            quantile(ratios, 0.5),
            quantile(ratios, 0.25),
            quantile(ratios, 0.75));
  }

  /** A pass with several rows a frame, one for each of its most probable classes. */
  private static Pass ofMostProbable(FloatBuffer images, int frames, int classes) {
    int[] rowFrames = new int[frames * classes];
    int[] rowClasses = new int[frames * classes];
    for (int row = 0; row < rowFrames.length; row++) {
      rowFrames[row] = row / classes;
      rowClasses[row] = -1 - row % classes;
    }
    return new Pass(images, frames, rowFrames, rowClasses);
  }

  private static long after(int seconds) {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }

  private static double quantile(List<Double> values, double q) {
    return values.stream().sorted().toList().get((int) Math.round(q * (values.size() - 1)));
  }

  private static FloatBuffer noise(int images, int imageSize) {
    FloatBuffer buffer = Pass.buffer(images, imageSize);
    Random random = new Random(1);
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, random.nextFloat() * 2 - 1);
    }
    return buffer;
  }
}
