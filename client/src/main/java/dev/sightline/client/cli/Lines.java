package dev.sightline.client.cli;

import dev.sightline.client.Heatmap;
import dev.sightline.client.Prediction;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Unexplained;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** How things are put on a line of the terminal. */
final class Lines {
  private Lines() {}

  /** A row of the table of predictions. */
  static String line(Prediction prediction) {
    return String.format(
        Locale.ROOT,
        "%5.1f %%  %-32s %5d  logit %8.3f",
        100 * prediction.probability(),
        shortened(prediction.label(), 32),
        prediction.index(),
        prediction.logit());
  }

  /** That the server is gone, and what is done about it. */
  static String interrupted(SightlineException reason) {
    return "sightline: " + reason.getMessage() + "; trying again";
  }

  /** That a server is there again. */
  static String resumed() {
    return "sightline: the server is back";
  }

  /** Why an item has no explanation. */
  static String line(Item item, Unexplained why) {
    return item.title() + ": " + why.message();
  }

  /** A word on a map that is not to be trusted; empty for others. */
  static String warning(Heatmap heatmap) {
    return heatmap.isFlagged()
        ? heatmap.flags().stream()
            .map(flag -> flag.name().substring("HEATMAP_FLAG_".length()))
            .map(flag -> flag.toLowerCase(Locale.ROOT).replace('_', '-'))
            .collect(Collectors.joining(" and ", "  (the map is ", ")"))
        : "";
  }

  /** Where a map's region lies and how a refined map came about; empty for other maps. */
  static String findings(Heatmap heatmap) {
    StringBuilder line = new StringBuilder();
    heatmap
        .region()
        .ifPresent(
            region ->
                line.append(
                    String.format(
                        Locale.ROOT,
                        "  box %.0f,%.0f %.0f×%.0f, score %.2f",
                        region.box().x(),
                        region.box().y(),
                        region.box().width(),
                        region.box().height(),
                        region.score())));
    heatmap
        .refinement()
        .ifPresent(
            refinement ->
                line.append("  ").append(refinement.outcome().name().toLowerCase(Locale.ROOT)));
    return line.toString();
  }

  /** A time in milliseconds, such as "12.3 ms". */
  static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }

  static String shortened(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1) + "…";
  }
}
