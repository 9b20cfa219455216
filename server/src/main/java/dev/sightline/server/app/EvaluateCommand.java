package dev.sightline.server.app;

import dev.sightline.server.app.evaluate.Evaluation;
import dev.sightline.server.app.evaluate.Heading;
import dev.sightline.server.app.evaluate.ImageResult;
import dev.sightline.server.app.evaluate.SanityResult;
import dev.sightline.server.app.evaluate.SanityText;
import dev.sightline.server.app.evaluate.Settings;
import dev.sightline.server.app.evaluate.Table;
import dev.sightline.server.app.evaluate.annotation.ImageSet;
import dev.sightline.server.model.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sightline evaluate}. */
@Command(
    name = "evaluate",
    description =
        "Measures methods and upsamplings on a model and a folder of images: average "
            + "drop and increase (absolute, and with the better half of the pixels), "
            + "insertion and deletion, ADCC, ROAD, and with --boxes or --object-masks "
            + "localisation. The maps of one image share their passes.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  /** Their inputs and maps are kept while the stages go by. */
  private static final int MAX_SANITY_IMAGES = 200;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "MODEL",
      description = "A model of `sightline model list`, or the path of a model's folder.")
  String name = "";

  @Mixin EvaluatedImages images = new EvaluatedImages();
  @Mixin EvaluatedMaps maps = new EvaluatedMaps();

  @Option(
      names = "--sanity",
      paramLabel = "STAGES",
      defaultValue = "0",
      description =
          "Also draw the network's weights anew, from the logits towards the image in "
              + "so many stages, and tell which methods' maps stay the same (8 is good). "
              + "Default: none.")
  int sanity;

  @Option(
      names = "--sanity-images",
      defaultValue = "10",
      description = "On how many of the images. Default: ${DEFAULT-VALUE}")
  int sanityImages;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Where to write report.html, a page with pictures, table.csv, evaluation.json "
              + "and, as they are done, images.jsonl. An evaluation that ended early goes on "
              + "there.")
  @Nullable Path out;

  @Option(
      names = "--workers",
      defaultValue = "0",
      description = "Threads; 0 is one a core. Default: ${DEFAULT-VALUE}")
  int workers;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter print = spec.commandLine().getOut();
    if (sanity < 0 || sanityImages < 1 || sanityImages > MAX_SANITY_IMAGES) {
      throw new IllegalArgumentException(
          "%d stages of %d images were asked for; images are 1 to %d"
              .formatted(sanity, sanityImages, MAX_SANITY_IMAGES));
    }
    List<Path> files = images.files();
    int threads = workers > 0 ? workers : Runtime.getRuntime().availableProcessors();
    ModelFolder folder = ModelFolder.read(ModelPaths.resolve(List.of(name)).get(0));
    try (OpenModel model = OpenModel.of(folder, threads)) {
      Settings settings = maps.settings(model.model(), model.planner(), print::println);
      RandomisedFolder randomised =
          sanity == 0 ? null : new RandomisedFolder(folder, settings.seed(), threads);
      ImageSet set = images.read();
      set.problems().forEach(problem -> print.println("left out " + problem));
      Map<String, String> head = Heading.of(model.model(), folder, settings, images.asked());
      Evaluation evaluation = new Evaluation(model.passes(), set, settings, head, out);
      head.forEach((key, value) -> print.printf("%-14s %s%n", key, value));
      print.println();
      print.flush();
      Interruption interruption = new Interruption(evaluation::stop);
      try {
        try (ProgressBar bar = ImageBar.of(files.size())) {
          evaluation.run(files, threads, () -> step(bar));
        }
        if (randomised != null && !evaluation.stopped() && !evaluation.results().isEmpty()) {
          try (ProgressBar bar = ImageBar.of("stages", sanity)) {
            evaluation.sanity(randomised, sanity, sanityImages, () -> step(bar));
          }
        }
        report(evaluation, evaluation.finish(command()), files.size());
      } finally {
        interruption.over();
      }
      return evaluation.results().isEmpty() ? ExitCode.SOFTWARE : ExitCode.OK;
    } finally {
      print.flush();
    }
  }

  /** As it was typed, for a shell. */
  private String command() {
    return spec.commandLine().getParseResult().originalArgs().stream()
        .map(
            word -> word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" ", "sightline ", ""));
  }

  private static void step(@Nullable ProgressBar bar) {
    if (bar != null) {
      bar.step();
    }
  }

  private void report(Evaluation evaluation, Table table, int files) {
    PrintWriter print = spec.commandLine().getOut();
    evaluation.gaps().forEach(print::println);
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
      SanityResult seen = evaluation.sanity();
      if (seen != null) {
        print.print(SanityText.of(seen, maps.seed));
      }
    }
    if (out != null) {
      print.println("written to " + out);
    }
    print.flush();
  }
}
