package dev.sightline.client.cli;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Image;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.Prediction;
import dev.sightline.client.Reason;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Unexplained;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sightline watch}. */
@Command(
    name = "watch",
    description =
        "Explains the images in a folder, and then each new one as soon as it is written; Ctrl-C ends.",
    mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FOLDER", description = "The folder; folders within it are left alone.")
  private Path folder = Path.of(".");

  @Mixin private final Question question = new Question();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder for overlays; FOLDER/sightline-out if not given.")
  private @Nullable Path out;

  @Option(
      names = "--skip-unchanged",
      paramLabel = "LEVELS",
      converter = GreyLevels.class,
      description =
          "Explain no image whose blocks of pixels are all within so many grey levels of the last"
              + " one that was explained; 3 is usual. Images then go to the server one by one.")
  private @Nullable Float skipUnchanged;

  @Option(names = "--once", description = "End when the images that are there are explained.")
  private boolean once;

  @Option(
      names = "--quiet-for",
      paramLabel = "MILLISECONDS",
      description = "How long a file is left alone before it counts as whole; 300 if not given.")
  private int quietForMillis = 300;

  @Spec private CommandSpec spec;

  private boolean failed;
  private Path lastExplained = Path.of("");

  /** Has files explained, one way or another. */
  @FunctionalInterface
  private interface Explainer {
    void explain(List<Path> files) throws IOException, InterruptedException;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new ParameterException(spec.commandLine(), folder + " is no folder");
    }
    Path target = out == null ? folder.resolve("sightline-out") : out;
    if (target.toAbsolutePath().normalize().equals(folder.toAbsolutePath().normalize())) {
      throw new ParameterException(
          spec.commandLine(), "overlays in the watched folder would be explained in turn");
    }
    PrintWriter errors = spec.commandLine().getErr();
    Overlays overlays = new Overlays(target, true, question.mapNames());
    try (Connection connection = Connection.open(question.access, question.model, errors::println);
        WatchService watcher = folder.getFileSystem().newWatchService()) {
      folder.register(
          watcher, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      Instant seen = Instant.now();
      SightlineClient client = connection.client();
      Options.Builder options = Options.builder().sizeOfOriginal();
      question.addTo(options, client);
      if (skipUnchanged == null) {
        run(files -> explain(client, options.build(), files, overlays), watcher, seen);
      } else {
        options.skipUnchanged(skipUnchanged);
        try (OneByOne stream = new OneByOne(client, options.build(), errors)) {
          run(files -> explain(stream, files, overlays), watcher, seen);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SightlineException e) {
      // An interrupt ends the watch wherever it comes.
      if (!Thread.currentThread().isInterrupted()) {
        throw e;
      }
    }
    return failed ? Main.FAILED : 0;
  }

  private void run(Explainer explainer, WatchService watcher, Instant start)
      throws IOException, InterruptedException {
    explainer.explain(images(Instant.EPOCH));
    if (!once) {
      PrintWriter errors = spec.commandLine().getErr();
      errors.println("watching " + folder + "; Ctrl-C ends");
      errors.flush();
      watch(explainer, watcher, start);
    }
  }

  private void watch(Explainer explainer, WatchService watcher, Instant start)
      throws IOException, InterruptedException {
    Settling settling = new Settling(Duration.ofMillis(quietForMillis));
    Instant seen = start;
    while (true) {
      Optional<Duration> wait = settling.untilNext(System.nanoTime());
      WatchKey key =
          wait.isPresent()
              ? watcher.poll(wait.get().toNanos(), TimeUnit.NANOSECONDS)
              : watcher.take();
      if (key != null) {
        Instant before = seen;
        seen = Instant.now();
        for (WatchEvent<?> event : key.pollEvents()) {
          if (event.context() instanceof Path name) {
            Path file = folder.resolve(name);
            if (Inputs.isImage(file)) {
              settling.touched(file, System.nanoTime());
            }
          } else {
            // More changed than the system keeps count of.
            images(before).forEach(file -> settling.touched(file, System.nanoTime()));
          }
        }
        if (!key.reset()) {
          throw new CommandFailure(folder + " is gone");
        }
      }
      explainer.explain(settling.settled(System.nanoTime()));
    }
  }

  /** The images in the folder that changed since then. */
  private List<Path> images(Instant since) throws IOException {
    return Inputs.usable(folder).stream()
        .filter(Inputs::isImage)
        .filter(file -> file.toFile().lastModified() >= since.toEpochMilli())
        .toList();
  }

  private void explain(SightlineClient client, Options options, List<Path> files, Overlays overlays)
      throws IOException {
    if (files.isEmpty()) {
      return;
    }
    BatchStatus status =
        new BatchStatus(spec.commandLine().getErr(), number -> files.get((int) number - 1) + "");
    try (Stream<Answer> answers =
        client.explainAll(files.stream().map(Image::of), options, status)) {
      Iterator<Answer> iterator = answers.iterator();
      for (Path file : files) {
        Answer answer = iterator.next();
        status.clear();
        report(file, answer, overlays);
      }
    }
  }

  private void explain(OneByOne stream, List<Path> files, Overlays overlays)
      throws IOException, InterruptedException {
    for (Path file : files) {
      try {
        report(file, stream.explain(file), overlays);
      } catch (SightlineException e) {
        if (e.reason() != Reason.IMAGE_UNREADABLE) {
          throw e;
        }
        complain(file, String.valueOf(e.getMessage()));
      }
    }
  }

  private void report(Path file, Answer answer, Overlays overlays) throws IOException {
    if (answer instanceof Explanation explanation) {
      lastExplained = file;
      // The whole name, for a.png may come long after a.jpg.
      List<Path> written = overlays.write(String.valueOf(file.getFileName()), false, explanation);
      Prediction top = explanation.top();
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s  %s %.1f %%  %s  %s%n",
              file.getFileName(),
              top.label(),
              100 * top.probability(),
              Lines.millis(explanation.timing().total()),
              written.stream().map(Path::toString).collect(Collectors.joining(" ")));
      spec.commandLine().getOut().flush();
    } else if (answer instanceof Unexplained why && why.outcome() == Outcome.UNCHANGED) {
      // With one image under way the frame that the answer names is the last explained one.
      spec.commandLine()
          .getOut()
          .printf(
              "%s  unchanged since %s  %s%n",
              file.getFileName(), lastExplained.getFileName(), Lines.millis(why.timing().total()));
      spec.commandLine().getOut().flush();
    } else if (answer instanceof Unexplained why) {
      complain(file, why.message());
    }
  }

  private void complain(Path file, String message) {
    failed = true;
    spec.commandLine().getErr().println("sightline: " + file + ": " + message);
    spec.commandLine().getErr().flush();
  }
}
