package dev.sightline.server.app.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Which images the page shows: those in which the first row's main figure is best and worst, and
 * some drawn by the seed of the rest, which are what is to be expected.
 */
final class CaseChoice {
  private static final int EACH = 3;

  private CaseChoice() {}

  /**
   * A chosen image.
   *
   * @param why such as "best"
   */
  record Chosen(String why, ImageResult result) {}

  static List<Chosen> of(List<ImageResult> results, Settings settings) {
    Row row = settings.rows().get(0);
    Measure measure = settings.mainMeasure();
    Comparator<ImageResult> byFigure =
        Comparator.comparingDouble(
            result -> {
              Double figure = result.figure(row, measure);
              return figure == null ? Double.NaN : figure;
            });
    List<ImageResult> left = new ArrayList<>(results);
    left.removeIf(result -> result.figure(row, measure) == null);
    left.sort(measure.moreIsBetter() ? byFigure.reversed() : byFigure);
    List<Chosen> chosen = new ArrayList<>();
    take(left, "best", chosen);
    Collections.reverse(left);
    take(left, "worst", chosen);
    Collections.shuffle(left, new Random(settings.seed()));
    take(left, "random", chosen);
    return chosen;
  }

  private static void take(List<ImageResult> from, String why, List<Chosen> into) {
    for (int n = 0; n < EACH && !from.isEmpty(); n++) {
      into.add(new Chosen(why, from.remove(0)));
    }
  }
}
