package dev.sightline.client.cli;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.LiveListener;
import dev.sightline.client.Outcome;
import dev.sightline.client.Photos;
import dev.sightline.client.Prediction;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Timing;
import dev.sightline.client.Unexplained;
import dev.sightline.heatmap.PhotoCodec;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the demonstration shows of the answers: a line and overlays a frame, and at the end a
 * contact sheet. Answers come on the stream's thread; the rest is asked once the stream is closed.
 */
final class DemoReport {
  private static final int SHOTS = 12;
  private static final int MAPS_ON_SHEET = 3;

  private final Clip clip;
  private final Path sheet;
  private final Path folder;
  private final Overlays overlays;
  private final List<Explained> explained = new ArrayList<>();
  private int superseded;
  private int failed;
  private @Nullable Exception failure;
  private @Nullable String about;

  /** Empties the folder of the overlays of an earlier run. */
  DemoReport(Clip clip, Path out, MapNames mapNames) throws IOException {
    this.clip = clip;
    this.sheet = out.resolve("contact-sheet.png");
    this.folder = out.resolve("overlays");
    this.overlays = new Overlays(folder, true, mapNames);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (String.valueOf(file.getFileName()).matches("frame-\\d{4,}-.*\\.png")) {
          Files.delete(file);
        }
      }
    }
  }

  LiveListener listener(StatusBar progress) {
    return new LiveListener() {
      @Override
      public void answered(Answer answer) {
        progress.line(take(answer));
        progress.step();
      }

      @Override
      public void interrupted(SightlineException reason) {
        progress.line(Lines.interrupted(reason));
      }

      @Override
      public void resumed() {
        progress.line(Lines.resumed());
      }

      @Override
      public void failed(SightlineException why) {
        failure = why;
      }
    };
  }

  /** Notes that no more frames can be sent. */
  void gaveUp(Exception why) {
    if (failure == null) {
      failure = why;
    }
  }

  boolean succeeded() {
    return failure == null && failed == 0 && !explained.isEmpty();
  }

  /** Draws the contact sheet and says what there is to see. */
  void finish(Consumer<String> out) throws IOException {
    out.accept("");
    out.accept(
        "%d frames: %d explained, %d superseded by newer ones%s"
            .formatted(
                clip.frames(),
                explained.size(),
                superseded,
                failed == 0 ? "" : ", %d failed".formatted(failed)));
    if (failure != null) {
      out.accept("the stream failed: " + Main.sentence(failure));
    }
    if (explained.isEmpty()) {
      return;
    }
    Overlays.write(
        ContactSheet.draw("What the network looks at", String.valueOf(about), shots()), sheet);
    out.accept("overlays       " + folder);
    out.accept("contact sheet  " + sheet);
  }

  private String take(Answer answer) {
    if (answer instanceof Unexplained why) {
      if (why.outcome() == Outcome.SUPERSEDED) {
        superseded++;
      } else {
        failed++;
      }
      return "%4d  %s: %s"
          .formatted(why.sequence(), why.outcome().name().toLowerCase(Locale.ROOT), why.message());
    }
    Explanation explanation = answer.orThrow();
    Heatmap first = explanation.heatmap();
    if (about == null) {
      about = about(explanation);
    }
    int frame = Math.toIntExact(explanation.sequence() - 1);
    try {
      List<Path> files = overlays.write("frame-%04d".formatted(frame + 1), false, explanation);
      explained.add(
          new Explained(
              frame,
              MapNames.label(first),
              probability(explanation, first),
              files,
              MapNames.titles(explanation.heatmaps())));
    } catch (IOException | RuntimeException e) {
      failed++;
      gaveUp(e);
    }
    return line(explanation) + Lines.warning(first);
  }

  private static String line(Explanation explanation) {
    Prediction top = explanation.top();
    Timing timing = explanation.timing();
    return String.format(
        Locale.ROOT,
        "%4d  %-28s %5.1f %%   batch %d   queue %9s   compute %9s   total %9s",
        explanation.sequence(),
        Lines.shortened(top.label(), 28),
        100 * top.probability(),
        timing.batchSize(),
        Lines.millis(timing.queue()),
        Lines.millis(timing.compute()),
        Lines.millis(timing.total()));
  }

  private static String about(Explanation explanation) {
    String methods =
        explanation.heatmaps().stream()
            .map(map -> map.method().title())
            .distinct()
            .collect(Collectors.joining(", "));
    String layer = explanation.heatmap().layer();
    return explanation.model() + "  ·  " + methods + (layer.isEmpty() ? "" : "  ·  " + layer);
  }

  /** A dozen of the explained frames, evenly spread. */
  private List<ContactSheet.Shot> shots() throws IOException {
    int count = Math.min(SHOTS, explained.size());
    List<Explained> chosen =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    explained.get(
                        count == 1 ? 0 : (int) ((long) i * (explained.size() - 1) / (count - 1))))
            .toList();
    List<ContactSheet.Shot> shots = new ArrayList<>();
    for (Explained frame : chosen) {
      List<ContactSheet.Map> maps = new ArrayList<>();
      for (int i = 0; i < Math.min(MAPS_ON_SHEET, frame.files.size()); i++) {
        maps.add(
            new ContactSheet.Map(
                frame.titles.get(i), decoded(Files.readAllBytes(frame.files.get(i)))));
      }
      shots.add(
          new ContactSheet.Shot(
              frame.index + 1,
              decoded(clip.frame(frame.index)),
              maps,
              frame.label,
              frame.probability));
    }
    return shots;
  }

  private static BufferedImage decoded(byte[] file) {
    return Photos.image(PhotoCodec.read(file));
  }

  private static double probability(Explanation explanation, Heatmap heatmap) {
    return explanation.predictions().stream()
        .filter(prediction -> prediction.index() == heatmap.classIndex())
        .mapToDouble(Prediction::probability)
        .findFirst()
        .orElse(0);
  }

  private record Explained(
      int index, String label, double probability, List<Path> files, List<String> titles) {}
}
