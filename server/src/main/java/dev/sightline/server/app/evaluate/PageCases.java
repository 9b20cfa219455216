package dev.sightline.server.app.evaluate;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** The pictures of a page: images with all their maps and the figures of each. */
final class PageCases {
  private final Report report;
  private final Html html;

  PageCases(Report report, Html html) {
    this.report = report;
    this.html = html;
  }

  void write(List<Case> cases) {
    if (cases.isEmpty()) {
      return;
    }
    Measure main = report.settings().mainMeasure();
    html.start("section").add("h2", "Best, worst and random images");
    html.add(
        "p",
        "By the %s of %s.%s"
            .formatted(
                main.title(),
                report.settings().rows().get(0).key(),
                report.table().measures(Group.LOCATION).isEmpty()
                    ? ""
                    : " White lines are around where the object is said to be."));
    cases.forEach(this::image);
    html.end();
  }

  private void image(Case shown) {
    ImageResult result = shown.result();
    html.start("article");
    html.add("h3", "%s: %s".formatted(shown.why(), result.file()));
    html.add(
        "p",
        String.format(Locale.ROOT, "%s, probability %.3f", result.label(), result.probability()));
    html.start("div", "class", "maps");
    picture(shown.photo(), "the image " + result.file(), "as the network sees it", List.of());
    for (Case.Drawn map : shown.maps()) {
      String name = PageTables.name(map.row());
      picture(map.jpeg(), "map of " + name, name, figures(result, map.row()));
    }
    html.end().end();
  }

  private void picture(byte[] jpeg, String instead, String name, List<String> figures) {
    html.start("figure");
    html.alone(
        "img",
        "src",
        "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg),
        "alt",
        instead);
    html.start("figcaption").add("b", name);
    figures.forEach(figure -> html.add("small", figure));
    html.end().end();
  }

  private static List<String> figures(ImageResult result, Row row) {
    List<String> words = new ArrayList<>();
    for (Measure measure : Measure.values()) {
      Double figure = result.figure(row, measure);
      if (figure != null && measure.underPictures()) {
        words.add(measure.title() + "\u00a0" + measure.text(figure));
      }
    }
    return words;
  }
}
