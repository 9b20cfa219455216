package dev.sightline.server.app.evaluate;

import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a page: masking in the shape of Tables 2, 3 and 4 of Kim et al. 2020, which is each
 * method with its own upsampling, absolute and relative, and every method with either upsampling;
 * then a table a group for the other measures.
 */
final class PageTables {
  private static final List<Measure> ABSOLUTE = List.of(Measure.DROP, Measure.INCREASE);
  private static final List<Measure> RELATIVE =
      List.of(Measure.RELATIVE_DROP, Measure.RELATIVE_INCREASE);

  private final Report report;
  private final Html html;

  /**
   * A column.
   *
   * @param ranked whether its best figure is marked
   * @param cells one a line; null for none
   */
  private record Column(String title, Measure measure, boolean ranked, List<@Nullable Cell> cells) {

    /** As people see them, so that what looks equal is equal. */
    private List<String> shown() {
      return cells.stream()
          .filter(Objects::nonNull)
          .sorted(Comparator.comparingDouble(Cell::mean))
          .map(cell -> cell.meanText(measure))
          .toList();
    }

    private boolean best(int line) {
      List<String> shown = shown();
      Cell cell = cells.get(line);
      if (!ranked || cell == null || shown.stream().distinct().count() == 1) {
        return false;
      }
      return cell.meanText(measure)
          .equals(shown.get(measure.moreIsBetter() ? shown.size() - 1 : 0));
    }
  }

  PageTables(Report report, Html html) {
    this.report = report;
    this.html = html;
  }

  void write() {
    Settings settings = report.settings();
    if (!report.table().measures(Group.MASKING).isEmpty()) {
      List<Row> own = settings.usualRows();
      rows(
          "Absolute masking",
          "The image times its map, each method with its own upsampling.",
          own,
          ABSOLUTE);
      rows(
          "Relative masking",
          "The better half of the pixels, each method with its own upsampling.",
          own,
          RELATIVE);
      if (settings.upsamplings().size() > 1) {
        pairs("Methods and upsamplings, absolute masking", ABSOLUTE);
        pairs("Methods and upsamplings, relative masking", RELATIVE);
      }
    }
    for (Group group : Group.values()) {
      List<Measure> measures = report.table().measures(group);
      if (group != Group.MASKING && !measures.isEmpty()) {
        rows(group.title(), "", report.table().rows(), measures);
      }
    }
  }

  private void rows(String title, String says, List<Row> rows, List<Measure> measures) {
    List<Column> columns = new ArrayList<>();
    for (Measure measure : measures) {
      columns.add(
          new Column(
              measure.title(),
              measure,
              true,
              rows.stream().map(row -> report.table().cell(row, measure)).toList()));
    }
    table(title, says, rows.stream().map(PageTables::name).toList(), columns);
  }

  /** Every method with either upsampling, and what the Gaussian changes, image by image. */
  private void pairs(String title, List<Measure> measures) {
    List<Method> methods =
        report.settings().methods().stream()
            .filter(method -> report.settings().rows(method).size() > 1)
            .toList();
    if (methods.isEmpty()) {
      return;
    }
    Table table = report.table();
    List<Column> columns = new ArrayList<>();
    for (Measure measure : measures) {
      for (Upsampling upsampling : report.settings().upsamplings()) {
        columns.add(
            new Column(
                new Row(methods.get(0), upsampling).upsamplingName() + " " + measure.title(),
                measure,
                true,
                methods.stream()
                    .map(method -> table.cell(new Row(method, upsampling), measure))
                    .toList()));
      }
      columns.add(
          new Column(
              "difference",
              measure,
              false,
              methods.stream()
                  .map(
                      method ->
                          table.difference(
                              new Row(method, Upsampling.UPSAMPLING_GAUSSIAN),
                              new Row(method, Upsampling.UPSAMPLING_BILINEAR),
                              measure))
                  .toList()));
    }
    table(
        title,
        "The difference is Gaussian less bilinear, image by image, with an interval of its own.",
        methods.stream().map(Row::name).toList(),
        columns);
  }

  private void table(String title, String says, List<String> names, List<Column> columns) {
    html.start("section").add("h2", title);
    if (!says.isEmpty()) {
      html.add("p", says);
    }
    html.start("div", "class", "wide").start("table").start("thead").start("tr");
    html.add("th", "method", "scope", "col");
    columns.forEach(column -> html.add("th", column.title(), "scope", "col", "class", "figure"));
    html.end().end().start("tbody");
    for (int line = 0; line < names.size(); line++) {
      html.start("tr").add("th", names.get(line), "scope", "row");
      for (Column column : columns) {
        figure(column, line);
      }
      html.end();
    }
    html.end().end().end();
    html.add("p", images(columns), "class", "images").end();
  }

  private void figure(Column column, int line) {
    Cell cell = column.cells().get(line);
    html.start("td", "class", "figure");
    if (cell == null) {
      html.text("-");
    } else {
      html.add(column.best(line) ? "strong" : "span", cell.meanText(column.measure()));
      html.add("small", cell.intervalText(column.measure()));
    }
    html.end();
  }

  /** Not every image has a box, so the columns of a table may differ. */
  private static String images(List<Column> columns) {
    int[] counts =
        columns.stream()
            .flatMap(column -> column.cells().stream())
            .filter(Objects::nonNull)
            .mapToInt(Cell::images)
            .sorted()
            .distinct()
            .toArray();
    return counts.length == 1
        ? TableText.images(counts[0])
        : "%d to %s".formatted(counts[0], TableText.images(counts[counts.length - 1]));
  }

  static String name(Row row) {
    return row.upsampling() == Upsampling.UPSAMPLING_UNSPECIFIED
        ? Row.name(row.method())
        : "%s, %s".formatted(Row.name(row.method()), row.upsamplingName());
  }
}
