package dev.sightline.server.app.evaluate;

import dev.sightline.server.app.evaluate.annotation.ImageSet;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measures the images of a folder on several threads. It can be stopped from any thread; what was
 * done until then counts.
 */
public final class Evaluation {
  private final Passes passes;
  private final ImageSet images;
  private final Evaluator evaluator;
  private final SubjectReader reader;
  private final Settings settings;
  private final @Nullable Journal journal;
  private final List<ImageResult> results = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();
  private final List<String> gaps = new ArrayList<>();
  private @Nullable SanityResult sanity;
  private volatile boolean stopped;

  /**
   * An evaluation.
   *
   * @param passes of the model
   * @param images what is measured on
   * @param head what it is made with; see {@link Heading}
   * @param out the folder to write to, or null for none; one that holds a part of the same
   *     evaluation is gone on with
   * @throws ModelException if it holds another one
   */
  public Evaluation(
      Passes passes,
      ImageSet images,
      Settings settings,
      Map<String, String> head,
      @Nullable Path out)
      throws IOException {
    this.passes = passes;
    this.images = images;
    this.evaluator = new Evaluator(passes, settings);
    this.reader = new SubjectReader(passes, images);
    this.settings = settings;
    this.journal = out == null ? null : Journal.open(out, head);
    if (journal != null) {
      results.addAll(journal.earlier());
    }
  }

  /**
   * Measures images.
   *
   * @param files relative to the folder of the images; those that were done before cost nothing
   * @param threads how many
   * @param done called after each image, by one thread at a time
   * @throws IOException if its folder cannot be written
   */
  public void run(List<Path> files, int threads, Runnable done)
      throws IOException, InterruptedException {
    Set<String> before = new HashSet<>();
    results.forEach(result -> before.add(result.file()));
    Workers.each(
        files,
        threads,
        () -> stopped,
        file -> {
          if (!before.contains(file.toString())) {
            measure(file);
          }
          synchronized (results) {
            done.run();
          }
        });
    results.sort(Comparator.comparing(ImageResult::file));
    leaveOutCopies();
    skipped.sort(Comparator.naturalOrder());
    if (!stopped) {
      gaps.addAll(Gaps.of(images, files, results, passes.model().labels()));
    }
  }

  /** A picture that is there twice is one observation, and an interval must not take it for two. */
  private void leaveOutCopies() {
    Map<String, String> first = new LinkedHashMap<>();
    results.removeIf(
        result -> {
          String same =
              first.putIfAbsent(result.input() + " " + result.classIndex(), result.file());
          if (same != null) {
            skipped.add(
                "%s: to the network it is the same picture as %s".formatted(result.file(), same));
          }
          return same != null;
        });
  }

  private void measure(Path file) throws IOException {
    List<String> notes = new ArrayList<>();
    try {
      ImageResult result = evaluator.evaluate(reader.read(file, notes::add), notes, () -> stopped);
      synchronized (results) {
        results.add(result);
        if (journal != null) {
          journal.add(result);
        }
      }
    } catch (SkippedException e) {
      synchronized (results) {
        skipped.add("%s: %s".formatted(file, e.getMessage()));
      }
    } catch (InterruptedException e) {
      stop();
    }
  }

  /** Ends it before the next batch of any image; an image that is not done does not count. */
  public void stop() {
    stopped = true;
  }

  /** Whether it was stopped. */
  public boolean stopped() {
    return stopped;
  }

  /** What was measured, by file. To be called when it no longer runs. */
  public List<ImageResult> results() {
    return results;
  }

  /** What is said about images that there are not. To be called when it no longer runs. */
  public List<String> gaps() {
    return gaps;
  }

  /** What was not, and why, a line an image. To be called when it no longer runs. */
  public List<String> skipped() {
    return skipped;
  }

  /**
   * Sees whether maps depend on what the network has learned, by drawing its weights anew, on some
   * of the images that were measured. To be called when it no longer runs.
   *
   * @param model of which one randomised network at a time is open
   * @param stages how many, spread over the depth of the network
   * @param images how many
   * @param done called after each stage
   */
  public void sanity(RandomisedModel model, int stages, int images, Runnable done)
      throws IOException {
    int layers = model.layers().size();
    List<Integer> spread = Sanity.spread(stages, layers);
    List<String> chosen = Sanity.choose(results, images, settings.seed());
    SanityResult none = new SanityResult(layers, chosen, List.of());
    SanityResult before = journal == null ? none : journal.sanity(none, spread);
    sanity = before;
    try {
      new Sanity(reader, settings, () -> stopped)
          .run(
              passes,
              model,
              spread,
              before,
              results,
              result -> {
                sanity = result;
                if (journal != null) {
                  journal.keep(result);
                }
                done.run();
              });
    } catch (InterruptedException e) {
      stop();
    }
  }

  /** What {@link #sanity} found so far; null if it was not asked. */
  public @Nullable SanityResult sanity() {
    return sanity;
  }

  /**
   * Averages, and writes everything to its folder if it has one: first without the page's pictures,
   * which take some passes more.
   *
   * @param command the line that repeats it
   */
  public Table finish(String command) throws IOException, InterruptedException {
    Table table = Table.of(results, settings);
    if (journal != null) {
      List<String> left = new ArrayList<>(images.problems());
      left.addAll(gaps);
      left.addAll(skipped);
      Report report =
          new Report(
              journal.head(),
              command,
              settings,
              table,
              List.copyOf(results),
              sanity,
              left,
              stopped);
      journal.finish(report, List.of());
      List<Case> cases = new Cases(passes, reader, settings).of(results, () -> stopped);
      if (!cases.isEmpty()) {
        journal.write(report, cases);
      }
    }
    return table;
  }
}
