package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.measure.Interval;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** A report as one page that needs nothing beside itself: no script, no file, no network. */
final class Page {
  private static final String LOOKS = "report.css";

  private final Report report;
  private final Html html = new Html();

  private Page(Report report) {
    this.report = report;
  }

  /**
   * Writes the page.
   *
   * @param cases images with their maps; may be none
   */
  static String of(Report report, List<Case> cases) {
    return new Page(report).write(cases);
  }

  private String write(List<Case> cases) {
    String title = "How well maps explain " + report.head().getOrDefault("model", "a model");
    html.start("html", "lang", "en").start("head");
    html.alone("meta", "charset", "utf-8");
    html.alone("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.add("title", title).style(looks()).end();
    html.start("body").start("main");
    html.add("h1", title);
    lead();
    new PageTables(report, html).write();
    SanityResult sanity = report.sanity();
    if (sanity != null) {
      new PageSanity(sanity, report.settings().seed(), html).write();
    }
    new PageCases(report, html).write(cases);
    meanings();
    left();
    head();
    html.end().end().end();
    return html.page();
  }

  private void lead() {
    int images = report.results().size();
    html.start("p", "class", "lead");
    html.text(
        "%s, %s%s. "
            .formatted(
                counted(images, "image"),
                counted(report.settings().methods().size(), "method"),
                report.stopped() ? ", stopped before all images were done" : ""));
    html.text(
        images < Interval.FEWEST
            ? "These are too few images for intervals: from %d on there are some."
                .formatted(Interval.FEWEST)
            : "In brackets 95 % bootstrap intervals of the means over images; none where all"
                + " images agree. The best mean of a column is bold.");
    html.end();
  }

  private void meanings() {
    html.start("section").add("h2", "What the figures mean").start("dl");
    for (Group group : Group.values()) {
      for (Measure measure : report.table().measures(group)) {
        html.add("dt", measure.title()).add("dd", measure.meaning());
      }
    }
    html.end();
    html.add("p", "↑ more is better, ↓ less is better.").end();
  }

  /** What is not in the figures, and what is to be known of what is. */
  private void left() {
    lines("Left out", report.left(), Function.identity());
    lines(
        "Notes",
        report.results().stream().filter(result -> !result.notes().isEmpty()).toList(),
        result -> "%s: %s".formatted(result.file(), String.join("; ", result.notes())));
  }

  private <T> void lines(String title, List<T> things, Function<T, String> line) {
    if (!things.isEmpty()) {
      html.start("section").add("h2", title).start("ul", "class", "lines");
      things.forEach(thing -> html.add("li", line.apply(thing)));
      html.end().end();
    }
  }

  private void head() {
    html.start("section").add("h2", "How to repeat it");
    html.add("pre", report.command());
    html.start("table", "class", "head");
    report
        .head()
        .forEach(
            (key, value) -> html.start("tr").add("th", key, "scope", "row").add("td", value).end());
    html.end().end();
  }

  static String counted(int count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }

  private static String looks() {
    try (InputStream in = Objects.requireNonNull(Page.class.getResourceAsStream(LOOKS))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
