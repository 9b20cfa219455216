package dev.sightline.server.app.evaluate;

import dev.sightline.heatmap.Expansion;
import dev.sightline.heatmap.GreyPng;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.explain.measure.Mask;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.HeatmapFlag;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Measures one image: one request for the grids of all methods, from which every upsampling
 * follows, then for each row the altered inputs of all its measures, in batches. Thread-safe.
 */
final class Evaluator {
  private static final Kernel BILINEAR =
      Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build();

  private final Passes passes;
  private final Settings settings;

  Evaluator(Passes passes, Settings settings) {
    this.passes = passes;
    this.settings = settings;
  }

  /**
   * Measures an image.
   *
   * @param notes what its reader had to say; more may be added
   * @param stopped asked before every batch
   * @throws InterruptedException if it was stopped
   */
  ImageResult evaluate(Subject subject, List<String> notes, BooleanSupplier stopped)
      throws SkippedException, InterruptedException {
    Map<String, Map<String, Double>> figures = new LinkedHashMap<>();
    try {
      ExplainOptions.Builder options = settings.options().addAllMethods(settings.methods());
      for (Heatmap map : passes.maps(options, subject.input(), subject.chosen())) {
        for (Row row : settings.rows(map.getMethod())) {
          figures.put(row.key(), measured(subject, row, map, stopped));
        }
        if (map.getFlagsList().stream().anyMatch(flag -> flag != HeatmapFlag.UNRECOGNIZED)) {
          notes.add("%s: %s".formatted(Row.name(map.getMethod()), words(map.getFlagsList())));
        }
      }
    } catch (RefusedException e) {
      throw new SkippedException(String.valueOf(e.getMessage()));
    }
    return new ImageResult(
        subject.file(),
        subject.fingerprint(),
        subject.chosen(),
        passes.model().labels().label(subject.chosen()),
        subject.probability(),
        List.copyOf(notes),
        figures);
  }

  private Map<String, Double> measured(
      Subject subject, Row row, Heatmap heatmap, BooleanSupplier stopped)
      throws RefusedException, InterruptedException {
    Plane map = plane(subject, row, heatmap);
    Measuring measuring = new Measuring(subject, map, settings);
    double[] probabilities = passes.probabilities(measuring.altered(), subject.chosen(), stopped);
    Map<Measure, Double> found = new LinkedHashMap<>(measuring.figures(probabilities));
    if (settings.groups().contains(Group.ADCC)) {
      ExplainOptions.Builder options = settings.options().addMethods(row.method());
      Heatmap again = passes.maps(options, measuring.maskedByMap(), subject.chosen()).get(0);
      found.putAll(measuring.adcc(plane(subject, row, again), probabilities));
    }
    if (settings.groups().contains(Group.LOCATION)) {
      double threshold = settings.threshold(row.method());
      found.putAll(measuring.location(threshold));
      found.putAll(measuring.shape(marked(heatmap, map, threshold)));
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    found.forEach((measure, figure) -> figures.put(measure.key(), figure));
    return figures;
  }

  /** What a method takes for the object: the mask that it tells, or where its map is strong. */
  private static Mask marked(Heatmap heatmap, Plane map, double threshold) {
    if (!heatmap.hasRefinement()) {
      return Mask.above(map, threshold);
    }
    Plane told = GreyPng.read(heatmap.getRefinement().getMask(), map.width(), map.height());
    return Mask.above(told, 1);
  }

  /** Scaled to [0, 1]. */
  static Plane plane(Subject subject, Row row, Heatmap heatmap) {
    Grid grid = HeatmapReader.grid(heatmap);
    Kernel kernel =
        row.upsampling() == Upsampling.UPSAMPLING_GAUSSIAN ? heatmap.getKernel() : BILINEAR;
    return Expansion.expand(grid, kernel, subject.width(), subject.height()).normalised();
  }

  private static String words(List<HeatmapFlag> flags) {
    List<String> words = new ArrayList<>();
    for (HeatmapFlag flag : flags) {
      words.add(
          switch (flag) {
            case HEATMAP_FLAG_ZERO -> "the map is zero";
            case HEATMAP_FLAG_CONSTANT -> "the map is constant";
            case HEATMAP_FLAG_NON_FINITE -> "the map was not finite";
            default -> flag.name();
          });
    }
    return String.join(", ", words);
  }
}
