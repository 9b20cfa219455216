package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.measure.Fill;
import dev.sightline.server.explain.measure.Region;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Method;
import dev.sightline.v1.Noise;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.Upsampling;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is measured.
 *
 * @param layer the target layer
 * @param methods the methods, at least one
 * @param upsamplings bilinear, Gaussian or both, for every method that has a grid
 * @param groups the measures, at least one group
 * @param fill what takes the place of masked pixels; null for the papers' own, which is black, but
 *     for insertion a blurred image
 * @param steps of the insertion and deletion curves, at least 1
 * @param threshold the fraction of the maximum at which a map becomes a region; null for the
 *     papers' own
 * @param samples noisy inputs of the methods that take them
 * @param masks random masks of RISE
 * @param seed where all random numbers begin
 */
public record Settings(
    String layer,
    List<Method> methods,
    List<Upsampling> upsamplings,
    Set<Group> groups,
    @Nullable Fill fill,
    int steps,
    @Nullable Double threshold,
    int samples,
    int masks,
    long seed) {

  /** Checks what a person may have mistyped. */
  public Settings {
    if (methods.isEmpty() || upsamplings.isEmpty() || groups.isEmpty()) {
      throw new IllegalArgumentException("a method, an upsampling and a measure are needed");
    }
    if (steps < 1 || samples < 0 || masks < 1) {
      throw new IllegalArgumentException(
          "%d steps, %d samples and %d masks were asked for".formatted(steps, samples, masks));
    }
    if (threshold != null && !(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "a threshold of %s; it is above 0 and at most 1".formatted(threshold));
    }
    methods = List.copyOf(methods);
    upsamplings = List.copyOf(upsamplings);
    groups = Set.copyOf(groups);
  }

  Fill drops() {
    return fill == null ? Fill.BLACK : fill;
  }

  Fill insertions() {
    return fill == null ? Fill.BLURRED : fill;
  }

  double threshold(Method method) {
    return threshold == null ? Region.usualThreshold(method) : threshold;
  }

  /** The options under which a network is asked for grids, of no class yet. */
  public ExplainOptions.Builder options() {
    return ExplainOptions.newBuilder()
        .addLayers(layer)
        .setUpsampling(
            upsamplings.contains(Upsampling.UPSAMPLING_GAUSSIAN)
                ? Upsampling.UPSAMPLING_GAUSSIAN
                : Upsampling.UPSAMPLING_BILINEAR)
        .setNoise(Noise.newBuilder().setSamples(samples).setSeed(seed))
        .setRandomMasks(RandomMasks.newBuilder().setCount(masks).setSeed(seed));
  }

  /** The rows of a method. */
  List<Row> rows(Method method) {
    return Methods.of(method).orElseThrow().pixelLevel()
        ? List.of(new Row(method, Upsampling.UPSAMPLING_UNSPECIFIED))
        : upsamplings.stream().map(upsampling -> new Row(method, upsampling)).toList();
  }

  /** The rows of all methods. */
  List<Row> rows() {
    return methods.stream().flatMap(method -> rows(method).stream()).toList();
  }

  /** One a method: that of its authors' upsampling, or the only one there is. */
  List<Row> usualRows() {
    return methods.stream()
        .map(
            method ->
                rows(method).stream().filter(Row::usual).findFirst().orElse(rows(method).get(0)))
        .toList();
  }

  /** The figure by which cases are ranked: the first that was asked for. */
  Measure mainMeasure() {
    return Measure.of(groups).get(0);
  }
}
