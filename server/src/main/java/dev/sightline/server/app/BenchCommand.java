package dev.sightline.server.app;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.model.ModelFolder;
import java.io.PrintWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures what logits, activations and gradients cost beside plain inference of the same network
 * on the same engine. The two are run in turns, so that a busy machine slows both.
 */
@Command(
    name = "bench",
    description = "Measures what an explanation costs beside plain inference.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

  private static final int LEAST_ROUNDS = 10;

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

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%-16s %5s %14s %14s %9s %17s%n",
        "model", "batch", "plain img/s", "explained", "ratio", "middle half");
    for (Path folder : ModelPaths.resolve(models)) {
      ModelFolder model = ModelFolder.read(folder);
      for (int batch : batches) {
        out.println(measure(model, batch));
        out.flush();
      }
    }
    return 0;
  }

  private String measure(ModelFolder model, int batch) {
    EngineSettings settings =
        new EngineSettings(EngineSettings.Device.CPU, 0, threads, batch, false, null);
    Graph graph = model.graph();
    ExplainedGraph explained = graph.explain(model.defaultLayer());
    OnnxRuntime engine = new OnnxRuntime(settings);
    FloatBuffer images = noise(batch, OnnxRuntime.shape(explained).imageSize());
    Pass inference = Pass.ofLogits(images, batch);
    Pass pass = Pass.ofMostProbable(images, batch);
    List<Double> plainTimes = new ArrayList<>();
    List<Double> explainedTimes = new ArrayList<>();
    try (Backend plain = engine.open(graph.inference(), model.name());
        Backend backend = engine.open(explained, model.name())) {
      Runnable plainRun = () -> plain.run(inference);
      Runnable explainedRun = () -> backend.run(pass);
      // Until Java has compiled what surrounds the engine, which takes some hundred passes.
      for (long end = after(warmUpSeconds); System.nanoTime() < end; ) {
        plainRun.run();
        explainedRun.run();
      }
      long end = after(seconds);
      for (int i = 0; i < LEAST_ROUNDS || System.nanoTime() < end; i++) {
        // Whoever comes second finds warmer caches, so they take turns at that too.
        if (i % 2 == 0) {
          plainTimes.add(time(plainRun));
          explainedTimes.add(time(explainedRun));
        } else {
          explainedTimes.add(time(explainedRun));
          plainTimes.add(time(plainRun));
        }
      }
    }
    List<Double> ratios =
        IntStream.range(0, plainTimes.size())
            .mapToObj(i -> plainTimes.get(i) / explainedTimes.get(i))
            .toList();
    return "%-16s %5d %14.1f %14.1f %9.3f %8.3f - %.3f"
        .formatted(
            model.name(),
            batch,
            batch / quantile(plainTimes, 0.5),
            batch / quantile(explainedTimes, 0.5),
            quantile(ratios, 0.5),
            quantile(ratios, 0.25),
            quantile(ratios, 0.75));
  }

  private static long after(int seconds) {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }

  private static double time(Runnable run) {
    long begin = System.nanoTime();
    run.run();
    return (System.nanoTime() - begin) / 1e9;
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
