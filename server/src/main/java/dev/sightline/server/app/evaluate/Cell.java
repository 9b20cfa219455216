package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.measure.Interval;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A mean over images.
 *
 * @param mean over the images that have the figure
 * @param images how many these are
 * @param interval its 95 % bootstrap interval, or null if they are too few or all equal
 */
record Cell(double mean, int images, @Nullable Interval interval) {

  /** The mean of at least one figure. */
  static Cell of(double[] figures, long seed) {
    double mean = Arrays.stream(figures).average().orElseThrow();
    return new Cell(mean, figures.length, Interval.ofMean(figures, seed).orElse(null));
  }

  /** Such as "12.3". */
  String meanText(Measure of) {
    return of.text(mean);
  }

  /** Such as "[10.2, 14.1]"; empty if there is none. */
  String intervalText(Measure of) {
    return interval == null
        ? ""
        : "[%s, %s]".formatted(of.text(interval.low()), of.text(interval.high()));
  }

  /** Both. */
  String text(Measure of) {
    return (meanText(of) + " " + intervalText(of)).strip();
  }
}
