package dev.sightline.client.cli;

import dev.sightline.client.Image;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Options;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sightline demo}. */
@Command(
    name = "demo",
    description = "Streams a clip to a server, live, and shows what its model looks at.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final double DEFAULT_SECONDS = 6;

  @Mixin private final Question question = new Question();

  @Option(
      names = "--input",
      paramLabel = "PATH",
      description =
          "A photo, a folder of photos (a pan and zoom over each), or a folder of frames: at least"
              + " three images of one size whose names differ in one number alone. Without it, two"
              + " photographs that come with the program.")
  private @Nullable Path input;

  @Option(names = "--fps", paramLabel = "N", description = "Frames a second; 8 if not given.")
  private double fps = 8;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "The length of the clip; 6 if not given, for a folder of frames all of it.")
  private @Nullable Double seconds;

  @Option(names = "--frames", paramLabel = "N", description = "The same in frames.")
  private @Nullable Integer frames;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder to write to; demo-out if not given. Overlays of an earlier run go.")
  private Path out = Path.of("demo-out");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Clip clip = clip();
    PrintWriter console = spec.commandLine().getOut();
    PrintWriter errors = spec.commandLine().getErr();
    try (Connection connection =
        Connection.open(
            question.access,
            question.model,
            line -> {
              errors.println(line);
              errors.flush();
            })) {
      Options.Builder asked = Options.builder().sizeOfOriginal();
      question.addTo(asked, connection.client());
      Options options = asked.build();
      // What cannot be met is told once, not for every frame.
      connection.client().explain(Image.encoded(clip.frame(0)), options);
      DemoReport report = new DemoReport(clip, out, question.mapNames());
      try {
        stream(connection.client(), clip, options, report, console, errors);
      } catch (SightlineException e) {
        report.gaveUp(e);
      }
      report.finish(console::println);
      console.flush();
      return report.succeeded() ? 0 : Main.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Main.FAILED;
    }
  }

  private void stream(
      SightlineClient client,
      Clip clip,
      Options options,
      DemoReport report,
      PrintWriter console,
      PrintWriter errors)
      throws IOException, InterruptedException {
    long interval = (long) (TimeUnit.SECONDS.toNanos(1) / fps);
    try (StatusBar progress =
            new StatusBar(
                "explaining", clip.frames(), console, StatusBar.isTerminal() ? errors : null);
        LiveStream live = client.live(options, report.listener(progress))) {
      long start = System.nanoTime();
      for (int i = 0; i < clip.frames(); i++) {
        byte[] frame = clip.frame(i);
        TimeUnit.NANOSECONDS.sleep(start + i * interval - System.nanoTime());
        live.send(Image.encoded(frame));
      }
    }
  }

  private Clip clip() throws IOException {
    if (!(fps > 0 && fps <= 1000)) {
      throw misuse("--fps is above 0 and at most 1000");
    }
    if (seconds != null && frames != null) {
      throw misuse("--seconds and --frames say the same; give one");
    }
    if ((frames != null && frames < 1) || (seconds != null && !(seconds > 0))) {
      throw misuse("a clip has at least one frame");
    }
    if (input == null) {
      return KenBurns.overShippedPhotographs(length());
    }
    if (!Files.exists(input)) {
      throw new NoSuchFileException(input.toString());
    }
    if (!Files.isDirectory(input)) {
      return KenBurns.over(List.of(input), length());
    }
    List<Path> files = Inputs.usable(input).stream().filter(Inputs::isImage).toList();
    if (files.isEmpty()) {
      throw new CommandFailure(input + " holds no images");
    }
    Optional<NumberedFrames> film = NumberedFrames.of(files);
    if (film.isPresent()) {
      return seconds == null && frames == null ? film.get() : film.get().first(length());
    }
    return KenBurns.over(files, length());
  }

  private int length() {
    if (frames != null) {
      return frames;
    }
    double length = seconds == null ? DEFAULT_SECONDS : seconds;
    return (int) Math.max(1, Math.min(1_000_000, Math.round(length * fps)));
  }

  private ParameterException misuse(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
