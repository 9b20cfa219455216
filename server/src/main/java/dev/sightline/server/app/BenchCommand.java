package dev.sightline.server.app;

import dev.sightline.server.app.bench.Answers;
import dev.sightline.server.app.bench.BenchReport;
import dev.sightline.server.app.bench.Contender;
import dev.sightline.server.app.bench.EnginePasses;
import dev.sightline.server.app.bench.Figure;
import dev.sightline.server.app.bench.Race;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ServedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures what logits, activations and gradients cost beside plain inference of the same network
 * on the same engine, and what whole explanations cost beside that pass.
 */
@Command(
    name = "bench",
    description = "Measures what an explanation costs beside plain inference.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

  /** What is measured. */
  enum Part {
    /** Passes of the engine. */
    ENGINE,
    /** From the file of an image to the bytes of its answer. */
    ANSWERS
  }

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "MODEL", description = "Names of models. Default: all that are there.")
  List<String> models = new ArrayList<>();

  @Option(
      names = "--beside",
      paramLabel = "MODEL",
      description =
          "Another model whose passes take turns with those of each, such as the same network as a"
              + " TorchScript module.")
  @Nullable String beside;

  @Option(names = "--part", split = ",", description = "${COMPLETION-CANDIDATES}. Default: both")
  Set<Part> parts = EnumSet.allOf(Part.class);

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "1,8",
      description = "Batch sizes, powers of two. Default: ${DEFAULT-VALUE}")
  List<Integer> batches = new ArrayList<>();

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "Seconds of runs that count, for each part. Default: ${DEFAULT-VALUE}")
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

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the figures, the machine, versions and settings as JSON too.")
  @Nullable Path file;

  private final Map<String, String> engines = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    if (cpuTime && threads > 1) {
      throw new ParameterException(
          spec.commandLine(), "--cpu-time counts one thread; leave --engine-threads at 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%-16s %5s  %-28s %9s %9s %17s%n",
        "model", "batch", "", "img/s", "of first", "middle half");
    List<Figure> figures = new ArrayList<>();
    for (Path folder : ModelPaths.resolve(models)) {
      for (int batch : batches) {
        for (Part part : parts) {
          List<Figure> measured = measure(folder, batch, part);
          measured.forEach(figure -> out.println(line(figure)));
          out.flush();
          figures.addAll(measured);
        }
      }
    }
    if (file != null) {
      BenchReport.write(file, settings(), engines, figures);
    }
    return 0;
  }

  private List<Figure> measure(Path folder, int batch, Part part) {
    EngineSettings settings =
        new EngineSettings(EngineSettings.Device.CPU, 0, threads, batch, false, null);
    try (ServedModel model = open(folder, settings);
        @Nullable ServedModel other =
            beside == null ? null : open(ModelPaths.resolve(List.of(beside)).get(0), settings);
        Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime)) {
      List<Contender> contenders = new ArrayList<>(contenders(part, model, batcher, batch));
      if (other != null) {
        contenders.addAll(contenders(part, other, batcher, batch));
      }
      return race().run(contenders);
    }
  }

  private ServedModel open(Path folder, EngineSettings settings) {
    ServedModel model = new ServedModel(ModelFolder.read(folder), new Engines(settings));
    engines.put(model.name(), model.engineDescription());
    return model;
  }

  private static List<Contender> contenders(
      Part part, ServedModel model, Batcher batcher, int batch) {
    return switch (part) {
      case ENGINE -> EnginePasses.of(model, batch);
      case ANSWERS -> {
        Planner planner =
            new Planner(
                new ServedCatalogue(model),
                new ImageReader(ImageLimits.DEFAULT),
                PlanLimits.DEFAULT);
        List<Contender> contenders = new ArrayList<>();
        contenders.add(EnginePasses.explaining(model, batch));
        contenders.addAll(new Answers(model.name(), planner, batcher, batch).contenders());
        yield contenders;
      }
    };
  }

  private Race race() {
    return new Race(
        Duration.ofSeconds(warmUpSeconds),
        Duration.ofSeconds(seconds),
        System::nanoTime,
        cpuTime ? ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime : System::nanoTime);
  }

  private static String line(Figure figure) {
    return "%-16s %5d  %-28s %9.1f %9.3f %8.3f - %.3f"
        .formatted(
            figure.model(),
            figure.batch(),
            figure.name(),
            figure.imagesPerSecond(),
            figure.ofFirst(),
            figure.lowerQuartile(),
            figure.upperQuartile());
  }

  private Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("batch", batches);
    settings.put("parts", parts);
    settings.put("seconds", seconds);
    settings.put("warm_up_seconds", warmUpSeconds);
    settings.put("engine_threads", threads);
    settings.put("time", cpuTime ? "processor" : "clock");
    return settings;
  }
}
