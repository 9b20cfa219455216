package dev.sightline.server.app.evaluate;

import dev.sightline.heatmap.Plane;
import dev.sightline.server.explain.Noise;
import dev.sightline.server.explain.measure.Adcc;
import dev.sightline.server.explain.measure.Box;
import dev.sightline.server.explain.measure.Confidence;
import dev.sightline.server.explain.measure.Curve;
import dev.sightline.server.explain.measure.Fill;
import dev.sightline.server.explain.measure.Mask;
import dev.sightline.server.explain.measure.NoisyLinearImputation;
import dev.sightline.server.explain.measure.Pointing;
import dev.sightline.server.explain.measure.Ranking;
import dev.sightline.server.explain.measure.Region;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The altered inputs that one map asks for, and the figures that their probabilities give. */
final class Measuring {
  private static final double HALF = 0.5;
  private static final double ENOUGH_OVERLAP = 0.5;
  private static final double[] REMOVED = {0.2, 0.4, 0.6, 0.8};
  private static final double ROAD_NOISE = 0.01;
  private static final int TOP = 5;

  private final Subject subject;
  private final Plane map;
  private final Settings settings;
  private final Ranking ranking;
  private final float[] fill;
  private final List<Altered> altered = new ArrayList<>();
  private int relative;
  private int curves;
  private int road;

  /**
   * Prepares a map's measures.
   *
   * @param map scaled to [0, 1], of the size of the input
   */
  Measuring(Subject subject, Plane map, Settings settings) {
    this.subject = subject;
    this.map = map;
    this.settings = settings;
    ranking = Ranking.of(map, settings.seed());
    fill = fill(settings.drops());
    if (settings.groups().contains(Group.MASKING) || settings.groups().contains(Group.ADCC)) {
      altered.add(masked(map.values()));
    }
    if (settings.groups().contains(Group.MASKING)) {
      relative = altered.size();
      altered.add(masked(ranking.mostRelevant(ranking.count(HALF))));
    }
    if (settings.groups().contains(Group.CURVES)) {
      addCurves();
    }
    if (settings.groups().contains(Group.ROAD)) {
      addRoad();
    }
  }

  private void addCurves() {
    curves = altered.size();
    float[] beginning = fill(settings.insertions());
    int pixels = ranking.pixels();
    for (int step = 0; step <= settings.steps(); step++) {
      int count = Curve.pixels(step, settings.steps(), pixels);
      altered.add(
          (into, offset) ->
              Fill.write(subject.input(), beginning, ranking.mostRelevant(count), into, offset));
    }
    for (int step = 0; step <= settings.steps(); step++) {
      int left = pixels - Curve.pixels(step, settings.steps(), pixels);
      altered.add(
          (into, offset) ->
              Fill.write(subject.input(), fill, ranking.leastRelevant(left), into, offset));
    }
  }

  private void addRoad() {
    road = altered.size();
    NoisyLinearImputation imputation =
        new NoisyLinearImputation(
            subject.height(), subject.width(), new Noise(ROAD_NOISE, settings.seed()));
    for (double share : REMOVED) {
      int left = ranking.pixels() - ranking.count(share);
      altered.add(
          (into, offset) ->
              imputation.write(subject.input(), ranking.leastRelevant(left), 0, into, offset));
    }
    for (double share : REMOVED) {
      int left = ranking.pixels() - ranking.count(share);
      altered.add(
          (into, offset) ->
              imputation.write(subject.input(), ranking.mostRelevant(left), 0, into, offset));
    }
  }

  private float[] fill(Fill kind) {
    return kind.of(
        subject.input(), subject.channels(), subject.height(), subject.width(), subject.black());
  }

  private Altered masked(float[] mask) {
    return (into, offset) -> Fill.write(subject.input(), fill, mask, into, offset);
  }

  /** The altered inputs, of which {@link #figures} wants the probabilities. */
  List<Altered> altered() {
    return altered;
  }

  /** The image times its map, which is the first of them where masking or ADCC are measured. */
  float[] maskedByMap() {
    float[] masked = new float[subject.input().length];
    altered.get(0).write(FloatBuffer.wrap(masked), 0);
    return masked;
  }

  /** What follows from the probabilities of all altered inputs. */
  Map<Measure, Double> figures(double[] probabilities) {
    Map<Measure, Double> figures = new EnumMap<>(Measure.class);
    double p = subject.probability();
    if (settings.groups().contains(Group.MASKING)) {
      figures.put(Measure.DROP, Confidence.dropPercent(p, probabilities[0]));
      figures.put(Measure.INCREASE, Confidence.increasePercent(p, probabilities[0]));
      figures.put(Measure.RELATIVE_DROP, Confidence.dropPercent(p, probabilities[relative]));
      figures.put(
          Measure.RELATIVE_INCREASE, Confidence.increasePercent(p, probabilities[relative]));
    }
    if (settings.groups().contains(Group.CURVES)) {
      int points = settings.steps() + 1;
      int middle = curves + points;
      figures.put(Measure.INSERTION, Curve.area(Arrays.copyOfRange(probabilities, curves, middle)));
      figures.put(
          Measure.DELETION, Curve.area(Arrays.copyOfRange(probabilities, middle, middle + points)));
    }
    if (settings.groups().contains(Group.ROAD)) {
      int middle = road + REMOVED.length;
      figures.put(Measure.ROAD_MOST_RELEVANT, mean(probabilities, road, middle));
      figures.put(
          Measure.ROAD_LEAST_RELEVANT, mean(probabilities, middle, middle + REMOVED.length));
    }
    return figures;
  }

  private static double mean(double[] values, int from, int to) {
    return Arrays.stream(values, from, to).average().orElseThrow();
  }

  /** What needs the map of the image times its map. */
  Map<Measure, Double> adcc(Plane mapOfMasked, double[] probabilities) {
    Adcc adcc = Adcc.of(map, mapOfMasked, subject.probability(), probabilities[0]);
    return Map.of(
        Measure.ADCC, adcc.value(),
        Measure.COHERENCY, adcc.coherency(),
        Measure.COMPLEXITY, adcc.complexity());
  }

  /** What needs boxes; nothing if there are none. */
  Map<Measure, Double> location(double threshold) {
    List<Box> boxes = subject.boxes();
    if (boxes.isEmpty()) {
      return Map.of();
    }
    Optional<Region> region = Region.of(map, threshold);
    double overlap =
        region.isEmpty()
            ? 0
            : boxes.stream().mapToDouble(box -> box.iou(region.get().box())).max().orElseThrow();
    boolean found = overlap >= ENOUGH_OVERLAP;
    return Map.of(
        Measure.ERROR_TOP_1, found && subject.rank() == 0 ? 0.0 : 100.0,
        Measure.ERROR_TOP_5, found && subject.rank() < TOP ? 0.0 : 100.0,
        Measure.IOU, overlap,
        Measure.POINTING, Pointing.hits(map, boxes) ? 100.0 : 0.0,
        Measure.ENERGY, 100 * Pointing.energy(map, boxes));
  }

  /** What needs an object mask; nothing if there is none. */
  Map<Measure, Double> shape(Mask marked) {
    Mask object = subject.object();
    return object == null ? Map.of() : Map.of(Measure.MASK_IOU, marked.iou(object));
  }
}
