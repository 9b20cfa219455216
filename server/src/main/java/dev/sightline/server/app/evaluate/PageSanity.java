package dev.sightline.server.app.evaluate;

import dev.sightline.server.app.evaluate.SanityResult.Stage;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The part of a page that says whether maps depend on what the network has learned. */
final class PageSanity {
  private final SanityResult sanity;
  private final long seed;
  private final Html html;

  PageSanity(SanityResult sanity, long seed, Html html) {
    this.sanity = sanity;
    this.seed = seed;
    this.html = html;
  }

  void write() {
    html.start("section").add("h2", "Sanity");
    html.add(
        "p",
        ("The weights of the network's %d layers are drawn anew, from the logits towards the image"
                + " (Adebayo et al. 2018). A map that explains what the network has learned should"
                + " change; the figures are Spearman's rank correlation with the original map, over"
                + " %s. A method is called insensitive if it is still above %s after the first"
                + " stage, or after all layers.")
            .formatted(
                sanity.layers(),
                Page.counted(sanity.images().size(), "image"),
                SanityResult.ALIKE));
    List<String> warnings =
        sanity.methods().stream()
            .flatMap(method -> sanity.insensitive(method, seed).stream())
            .toList();
    warnings.forEach(warning -> html.add("p", warning, "class", "warning"));
    if (warnings.isEmpty() && !sanity.stages().isEmpty()) {
      html.add("p", "No method is insensitive.");
    }
    table("Of the values", false);
    table("Of the magnitudes", true);
    html.end();
  }

  private void table(String title, boolean absolute) {
    html.add("h3", title);
    html.start("div", "class", "wide").start("table").start("thead").start("tr");
    html.add("th", "method", "scope", "col");
    for (Stage stage : sanity.stages()) {
      html.start("th", "scope", "col", "class", "figure");
      html.text("%d of %d".formatted(stage.last(), sanity.layers()));
      html.add("small", stage.layer()).end();
    }
    html.end().end().start("tbody");
    for (String method : sanity.methods()) {
      html.start("tr").add("th", method, "scope", "row");
      for (Stage stage : sanity.stages()) {
        figure(SanityResult.cell(stage, method, absolute, seed));
      }
      html.end();
    }
    html.end().end().end();
  }

  private void figure(@Nullable Cell cell) {
    html.start("td", "class", "figure");
    if (cell == null) {
      html.text("-");
    } else {
      html.add(cell.mean() > SanityResult.ALIKE ? "strong" : "span", text(cell.mean()));
      html.add(
          "small",
          cell.interval() == null
              ? ""
              : "[%s, %s]".formatted(text(cell.interval().low()), text(cell.interval().high())));
    }
    html.end();
  }

  private static String text(double correlation) {
    return String.format(Locale.ROOT, "%.2f", correlation).replaceFirst("^-(0\\.0+)$", "$1");
  }
}
