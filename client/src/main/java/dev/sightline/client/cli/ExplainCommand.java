package dev.sightline.client.cli;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Options;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.Unexplained;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sightline explain}. */
@Command(
    name = "explain",
    description = "Explains images: predictions, and where in the image the evidence lies.",
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  private static final Path DEFAULT_FOLDER = Path.of("sightline-out");

  /** What is written. */
  enum Format {
    PNG,
    JSON,
    NPY
  }

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Images, folders of images, or .npy files: N×3×H×W float32 counts as preprocessed tensors.")
  private List<Path> files = List.of();

  @Mixin private final Question question = new Question();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "png: overlays (the default); json: one object an image, on the standard output without"
              + " --out; npy: grids as N×h×w float32, with --size also planes N×H×W.")
  private Format format = Format.PNG;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder to write to; sightline-out if not given.")
  private @Nullable Path out;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Size.Converter.class,
      description = "The size of maps in pixels: original, input or WxH.")
  private @Nullable Size size;

  @Option(
      names = "--sheet",
      description = "With --format png, also one picture of all maps of an image: NAME-sheet.png.")
  private boolean sheet;

  @Option(
      names = "--explain-steps",
      description = {
        "With --format png and the method high-res-cam, also one picture of all its steps:",
        "NAME-high-res-cam-steps.png."
      })
  private boolean steps;

  @Option(names = "--raw", description = "Planes keep their raw values, not scaled to [0, 1].")
  private boolean raw;

  @Spec private CommandSpec spec;

  private boolean failed;

  @Override
  public Integer call() throws IOException {
    if (format != Format.PNG && question.encoding != null && question.encoding.isOverlay()) {
      throw new ParameterException(
          spec.commandLine(), "an overlay cannot be read as numbers; use --format png for it");
    }
    if (format != Format.PNG && (sheet || steps)) {
      throw new ParameterException(
          spec.commandLine(),
          (sheet ? "--sheet is a picture" : "--explain-steps are pictures") + "; use --format png");
    }
    PrintWriter errors = spec.commandLine().getErr();
    try (Inputs inputs = new Inputs(files, this::complain);
        Output output = output();
        Connection connection = Connection.open(question.access, question.model, errors::println)) {
      BatchStatus status = new BatchStatus(errors, inputs::title);
      explain(connection.client(), inputs, output, status);
    }
    return failed ? Main.FAILED : 0;
  }

  private void explain(SightlineClient client, Inputs inputs, Output output, BatchStatus status)
      throws IOException {
    try (Stream<Answer> answers =
        client.explainAll(() -> inputs, options(output, client), status)) {
      Iterator<Answer> iterator = answers.iterator();
      while (iterator.hasNext()) {
        Answer answer = iterator.next();
        status.clear();
        take(answer, inputs.answered(), output);
      }
    }
  }

  private void take(Answer answer, Item item, Output output) throws IOException {
    if (answer instanceof Explanation explanation) {
      output.explained(item, explanation);
    } else if (answer instanceof Unexplained why) {
      complain(Lines.line(item, why));
      output.unexplained(item, why);
    }
  }

  private Output output() throws IOException {
    Path folder = out == null ? DEFAULT_FOLDER : out;
    PrintWriter console = spec.commandLine().getOut();
    return switch (format) {
      case PNG -> new PngOutput(folder, size, sheet, question.mapNames(), console);
      case JSON -> new JsonOutput(out, console);
      case NPY -> new NpyOutput(folder, size != null, question.mapNames(), console);
    };
  }

  private Options options(Output output, SightlineClient client) {
    Options.Builder options = Options.builder();
    output.prepare(options);
    question.addTo(options, client);
    if (size != null) {
      size.addTo(options);
    }
    if (steps) {
      options.refinementSteps();
    }
    return raw ? options.raw().build() : options.build();
  }

  private void complain(String sentence) {
    failed = true;
    spec.commandLine().getErr().println("sightline: " + sentence);
    spec.commandLine().getErr().flush();
  }
}
