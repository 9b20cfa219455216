package dev.sightline.server.app.evaluate;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.server.app.evaluate.RandomisedModel.OpenPasses;
import dev.sightline.server.app.evaluate.SanityResult.Likeness;
import dev.sightline.server.app.evaluate.SanityResult.Stage;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.explain.measure.Correlation;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Heatmap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cascading parameter randomisation (Adebayo et al. 2018): the maps of some images while the
 * network's layers are drawn anew, from the logits towards the image, each compared with the
 * original map by rank. The class stays what it was. Maps are compared as their methods give them,
 * before upsampling, which adds pixels but no knowledge.
 *
 * <p>A map that became constant has no ranks and counts as a correlation of 0: nothing is left of
 * the original. Images whose original map is constant do not count.
 */
final class Sanity {
  private static final Logger log = LoggerFactory.getLogger(Sanity.class);

  private final SubjectReader reader;
  private final Settings settings;
  private final BooleanSupplier stopped;

  /** An image and its maps by the network as it is. */
  private record Original(Subject subject, List<Grid> maps) {}

  Sanity(SubjectReader reader, Settings settings, BooleanSupplier stopped) {
    this.reader = reader;
    this.settings = settings;
    this.stopped = stopped;
  }

  /** The images to see it on, drawn by the seed. */
  static List<String> choose(List<ImageResult> results, int images, long seed) {
    List<String> files = new ArrayList<>(results.stream().map(ImageResult::file).toList());
    Collections.shuffle(files, new Random(seed));
    return files.stream().limit(images).sorted().toList();
  }

  /**
   * How many layers each stage draws anew, spread evenly from the logits' alone to all.
   *
   * @param stages at least 1; fewer are given if there are fewer layers
   */
  static List<Integer> spread(int stages, int layers) {
    List<Integer> spread = new ArrayList<>();
    for (int i = 0; i < Math.min(stages, layers); i++) {
      int steps = Math.max(1, Math.min(stages, layers) - 1);
      spread.add(1 + (int) Math.round((double) i * (layers - 1) / steps));
    }
    return spread;
  }

  /**
   * Goes through the stages that are not done.
   *
   * @param passes of the network as it is
   * @param spread what {@link #spread} gave
   * @param before the first of the stages, if they were done
   * @param results of the images
   * @param written is told of the result after each stage
   */
  void run(
      Passes passes,
      RandomisedModel model,
      List<Integer> spread,
      SanityResult before,
      List<ImageResult> results,
      Written written)
      throws IOException, InterruptedException {
    List<Stage> stages = new ArrayList<>(before.stages());
    List<Original> originals = new ArrayList<>();
    for (int last : spread.subList(stages.size(), spread.size())) {
      if (originals.isEmpty()) {
        originals.addAll(originals(passes, before.images(), results));
      }
      try (OpenPasses open = model.open(last)) {
        stages.add(
            new Stage(last, model.layers().get(last - 1), likeness(open.passes(), originals)));
      }
      written.write(new SanityResult(before.layers(), before.images(), List.copyOf(stages)));
    }
  }

  /** Where a result goes that may be the last. */
  interface Written {
    /** Keeps it. */
    void write(SanityResult result) throws IOException;
  }

  private List<Original> originals(Passes passes, List<String> images, List<ImageResult> results)
      throws InterruptedException {
    List<Original> originals = new ArrayList<>();
    for (ImageResult result : results) {
      if (images.contains(result.file())) {
        try {
          Subject subject = reader.read(result.path(), unused -> {});
          originals.add(new Original(subject, maps(passes, subject)));
        } catch (SkippedException | RefusedException e) {
          log.warn("{} was measured and cannot be read again: {}", result.file(), e.getMessage());
        }
      }
    }
    return originals;
  }

  private Map<String, List<Likeness>> likeness(Passes passes, List<Original> originals)
      throws InterruptedException {
    Map<String, List<Likeness>> likeness = new LinkedHashMap<>();
    settings.methods().forEach(method -> likeness.put(Row.name(method), new ArrayList<>()));
    for (Original original : originals) {
      try {
        List<Grid> now = maps(passes, original.subject());
        for (int i = 0; i < now.size(); i++) {
          Grid was = original.maps().get(i);
          if (was.min() < was.max()) {
            likeness
                .computeIfAbsent(Row.name(settings.methods().get(i)), any -> new ArrayList<>())
                .add(likeness(was, now.get(i)));
          }
        }
      } catch (RefusedException e) {
        log.warn("{}: {}", original.subject().file(), e.getMessage());
      }
    }
    return likeness;
  }

  private List<Grid> maps(Passes passes, Subject subject)
      throws RefusedException, InterruptedException {
    if (stopped.getAsBoolean()) {
      throw new InterruptedException();
    }
    ExplainOptions.Builder options = settings.options().addAllMethods(settings.methods());
    List<Grid> maps = new ArrayList<>();
    for (Heatmap map : passes.maps(options, subject.input(), subject.chosen())) {
      maps.add(HeatmapReader.grid(map));
    }
    return maps;
  }

  private static Likeness likeness(Grid was, Grid now) {
    double signed = Correlation.spearman(was.values(), now.values());
    double absolute = Correlation.spearman(magnitudes(was), magnitudes(now));
    return new Likeness(Double.isNaN(signed) ? 0 : signed, Double.isNaN(absolute) ? 0 : absolute);
  }

  private static float[] magnitudes(Grid grid) {
    float[] magnitudes = grid.values().clone();
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = Math.abs(magnitudes[i]);
    }
    return magnitudes;
  }
}
