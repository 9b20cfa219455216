package dev.sightline.server.app;

import dev.sightline.server.app.evaluate.Boxes;
import dev.sightline.server.app.evaluate.Evaluation;
import dev.sightline.server.app.evaluate.Group;
import dev.sightline.server.app.evaluate.Heading;
import dev.sightline.server.app.evaluate.ImageLabels;
import dev.sightline.server.app.evaluate.ImageResult;
import dev.sightline.server.app.evaluate.Passes;
import dev.sightline.server.app.evaluate.Row;
import dev.sightline.server.app.evaluate.Settings;
import dev.sightline.server.app.evaluate.Table;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.measure.Fill;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.ServedLayer;
import dev.sightline.server.model.ServedModel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sightline evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Measures methods and upsamplings on a model and a folder of images: average drop and",
      "increase (absolute, and with the better half of the pixels), insertion and deletion, ADCC,",
      "ROAD, and with --boxes localisation. The maps of one image share their passes."
    },
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(EvaluateCommand.class);
  private static final String ALL = "all";
  private static final List<Method> USUAL =
      List.of(
          Method.METHOD_CAM,
          Method.METHOD_GRAD_CAM,
          Method.METHOD_GRAD_CAM_PLUS_PLUS,
          Method.METHOD_XGRAD_CAM,
          Method.METHOD_LAYER_CAM,
          Method.METHOD_EXTENDED_CAM);
  private static final int MAX_BATCH = 8;
  private static final int MAX_FRAMES = 65_536;
  private static final int GRACE_SECONDS = 60;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "MODEL", description = "A model of `sightline model list`.")
  String name = "";

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR",
      description = "A folder of images, with the folders in it.")
  Path images = Path.of("");

  @Option(
      names = "--labels",
      paramLabel = "FILE|folders",
      description = {
        "What the images show: a CSV file with the columns file and label, or the word folders if",
        "each is in a folder of that name. Without it each image's most probable class is explained."
      })
  @Nullable String labels;

  @Option(
      names = "--boxes",
      paramLabel = "FILE|DIR",
      description = {
        "Where the objects are: a PASCAL VOC file or a folder of them (.xml), COCO (.json), or .csv",
        "with the columns file, label, xmin, ymin, xmax, ymax. Images are found by their file names."
      })
  @Nullable Path boxes;

  @Option(
      names = "--methods",
      split = ",",
      paramLabel = "METHOD",
      description = {
        "Methods, such as grad-cam++, or all. Default: cam, grad-cam, grad-cam++, xgrad-cam,",
        "layer-cam, extended-cam, as far as the network gives them."
      })
  List<String> methods = new ArrayList<>();

  @Option(
      names = "--upsampling",
      split = ",",
      paramLabel = "bilinear|gaussian",
      description = "Default: both, if the layer has a sigma.")
  List<String> upsamplings = new ArrayList<>();

  @Option(
      names = "--measures",
      split = ",",
      description = "${COMPLETION-CANDIDATES}. Default: all.")
  Set<Group> measures = EnumSet.allOf(Group.class);

  @Option(names = "--layer", description = "The layer; the model's default one if not given.")
  String layer = "";

  @Option(
      names = "--fill",
      description = {
        "What masked pixels become: ${COMPLETION-CANDIDATES}. BLACK is what the preprocessing makes of",
        "a black pixel, MEAN the image's own mean colour. Default: black, but insertion begins with a",
        "blurred image."
      })
  @Nullable Fill fill;

  @Option(
      names = "--steps",
      defaultValue = "32",
      description = "Steps of insertion and deletion. Default: ${DEFAULT-VALUE}")
  int steps;

  @Option(
      names = "--threshold",
      description = {
        "The fraction of its maximum at which a map becomes a region, whose largest connected part is",
        "boxed. Default: 0.2 for CAM, 0.15 for the others."
      })
  @Nullable Double threshold;

  @Option(
      names = "--samples",
      defaultValue = "8",
      description = "Noisy inputs of the methods that take them. Default: ${DEFAULT-VALUE}")
  int samples;

  @Option(
      names = "--masks",
      defaultValue = "1000",
      description = "Random masks of RISE. Default: ${DEFAULT-VALUE}")
  int masks;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Where all random numbers begin. Default: ${DEFAULT-VALUE}")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = {
        "Where to write table.csv, evaluation.json and, as they are done, images.jsonl. An evaluation",
        "that ended early goes on there."
      })
  @Nullable Path out;

  @Option(
      names = "--workers",
      defaultValue = "0",
      description = "Threads; 0 is one a core. Default: ${DEFAULT-VALUE}")
  int workers;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Path> files = files();
    int threads = workers > 0 ? workers : Runtime.getRuntime().availableProcessors();
    Path folder = ModelPaths.resolve(List.of(name)).get(0);
    try (ModelRepository repository =
            ModelRepository.load(List.of(folder), new Engines(EngineSettings.cpu(MAX_BATCH)));
        Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime)) {
      batcher.start(threads);
      Planner planner =
          new Planner(
              new ServedCatalogue(repository),
              new ImageReader(ImageLimits.DEFAULT),
              PlanLimits.DEFAULT.withMaxFrames(MAX_FRAMES));
      ServedModel model = repository.defaultModel();
      if (model.layers().isEmpty()) {
        throw new ModelException(model.name() + " has no layer that can be explained");
      }
      Settings settings = settings(model, planner);
      return evaluate(
          new Passes(model, planner, batcher),
          settings,
          Heading.of(model, ModelFolder.card(folder), settings, asked()),
          files,
          threads);
    } finally {
      spec.commandLine().getOut().flush();
    }
  }

  private int evaluate(
      Passes passes, Settings settings, Map<String, String> head, List<Path> files, int threads)
      throws IOException, InterruptedException {
    PrintWriter print = spec.commandLine().getOut();
    List<String> problems = new ArrayList<>();
    Boxes found = boxes == null ? new Boxes() : Boxes.read(boxes, problems::add);
    ImageLabels said =
        labels == null
            ? null
            : labels.equals(ImageLabels.FOLDERS)
                ? ImageLabels.ofFolders()
                : ImageLabels.read(Path.of(labels), problems::add);
    problems.forEach(problem -> print.println("left out " + problem));
    Evaluation evaluation = new Evaluation(passes, images, said, found, settings, head, out);
    head.forEach((key, value) -> print.printf("%-14s %s%n", key, value));
    print.println();
    print.flush();
    CountDownLatch written = new CountDownLatch(1);
    Thread onInterrupt = new Thread(() -> endEarly(evaluation, written), "shutdown");
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    try {
      try (ProgressBar bar = ImageBar.of(files.size())) {
        evaluation.run(
            files,
            threads,
            () -> {
              if (bar != null) {
                bar.step();
              }
            });
      }
      report(evaluation, evaluation.finish(), files.size());
    } finally {
      written.countDown();
      forget(onInterrupt);
    }
    return evaluation.results().isEmpty() ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  /** The program ends when this returns: not before what was done is written. */
  private static void endEarly(Evaluation evaluation, CountDownLatch written) {
    evaluation.stop();
    try {
      if (!written.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("sightline: the table was not written in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("The program is ending, and this is what it waited for", e);
    }
  }

  private void report(Evaluation evaluation, Table table, int files) {
    PrintWriter print = spec.commandLine().getOut();
    evaluation.skipped().forEach(line -> print.println("skipped " + line));
    for (ImageResult result : evaluation.results()) {
      result.notes().forEach(note -> print.printf("%s: %s%n", result.file(), note));
    }
    if (evaluation.stopped()) {
      print.printf("stopped after %d of %d files%n", evaluation.results().size(), files);
    }
    if (evaluation.results().isEmpty()) {
      print.println("no image could be measured");
    } else {
      print.println();
      print.print(table.text());
    }
    if (out != null) {
      print.println("written to " + out);
    }
    print.flush();
  }

  private Settings settings(ServedModel model, Planner planner) {
    ServedLayer served = model.layer(layer);
    List<Upsampling> wanted =
        upsamplings.isEmpty()
            ? served.sigma().isPresent()
                ? List.of(Upsampling.UPSAMPLING_BILINEAR, Upsampling.UPSAMPLING_GAUSSIAN)
                : List.of(Upsampling.UPSAMPLING_BILINEAR)
            : upsamplings.stream().map(Row::upsampling).distinct().toList();
    boolean named = !methods.isEmpty() && !methods.contains(ALL);
    List<Method> candidates =
        named
            ? methods.stream().map(Row::method).distinct().toList()
            : methods.isEmpty() ? USUAL : Methods.all();
    Settings all = settings(served, candidates, wanted);
    List<Method> given = new ArrayList<>();
    for (Method method : candidates) {
      try {
        planner.plan(all.options().addMethods(method).build());
        given.add(method);
      } catch (RefusedException e) {
        if (named) {
          throw new ModelException(String.valueOf(e.getMessage()), e);
        }
        spec.commandLine().getOut().printf("without %s: %s%n", Row.name(method), e.getMessage());
      }
    }
    return settings(served, given, wanted);
  }

  private Settings settings(ServedLayer served, List<Method> given, List<Upsampling> wanted) {
    return new Settings(
        served.layer().name(),
        given,
        wanted,
        measures,
        fill,
        steps,
        threshold,
        samples,
        masks,
        seed);
  }

  /** What the figures are about, besides the model and the settings. */
  private Map<String, String> asked() {
    Map<String, String> asked = new LinkedHashMap<>();
    asked.put("images", images.toString());
    asked.put("classes", labels == null ? "the most probable of each image" : "labels: " + labels);
    asked.put("boxes", boxes == null ? "none" : boxes.toString());
    return asked;
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.walk(images)) {
      List<Path> files = all.filter(Files::isRegularFile).map(images::relativize).sorted().toList();
      if (files.isEmpty()) {
        throw new ModelException("there is no file in " + images);
      }
      return files;
    } catch (IOException | UncheckedIOException e) {
      throw new ModelException("%s cannot be read: %s".formatted(images, e), e);
    }
  }
}
