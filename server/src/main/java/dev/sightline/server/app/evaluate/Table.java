package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.measure.Interval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;

/** The means over images, method by method and upsampling by upsampling. */
public final class Table {
  private final List<ImageResult> results;
  private final Settings settings;
  private final Map<Row, Map<Measure, Cell>> cells = new LinkedHashMap<>();

  private Table(List<ImageResult> results, Settings settings) {
    this.results = List.copyOf(results);
    this.settings = settings;
  }

  /** Averages the figures of images. */
  public static Table of(List<ImageResult> results, Settings settings) {
    Table table = new Table(results, settings);
    for (Row row : settings.rows()) {
      Map<Measure, Cell> line = new LinkedHashMap<>();
      for (Measure measure : Measure.of(settings.groups())) {
        double[] figures = table.figures(result -> result.figure(row, measure));
        if (figures.length > 0) {
          line.put(measure, Cell.of(figures, settings.seed()));
        }
      }
      table.cells.put(row, line);
    }
    return table;
  }

  private double[] figures(Function<ImageResult, @Nullable Double> figure) {
    return results.stream()
        .map(figure)
        .filter(Objects::nonNull)
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  /** A mean; null where no image has the figure. */
  @Nullable Cell cell(Row row, Measure measure) {
    return cells.getOrDefault(row, Map.of()).get(measure);
  }

  /**
   * By how much the mean of a row is larger than that of another, over the images that have both.
   * Its interval is that of the differences: of two rows measured on the same images it tells more
   * than whether their own intervals overlap.
   */
  @Nullable Cell difference(Row row, Row other, Measure measure) {
    double[] differences =
        figures(
            result -> {
              Double one = result.figure(row, measure);
              Double two = result.figure(other, measure);
              return one == null || two == null ? null : one - two;
            });
    return differences.length == 0 ? null : Cell.of(differences, settings.seed());
  }

  /** Those of a group's measures that some image has. */
  List<Measure> measures(Group group) {
    return Measure.of(Set.of(group)).stream()
        .filter(measure -> cells.values().stream().anyMatch(row -> row.containsKey(measure)))
        .toList();
  }

  List<Row> rows() {
    return List.copyOf(cells.keySet());
  }

  /** A block of lines a group, for people: means, each with its interval. */
  public String text() {
    return TableText.of(this);
  }

  /** A line a figure: method, upsampling, measure, mean, low, high, images. */
  public void writeCsv(Appendable out) throws IOException {
    CSVPrinter csv = new CSVPrinter(out, CSVFormat.RFC4180);
    csv.printRecord("method", "upsampling", "measure", "mean", "low", "high", "images");
    for (Map<String, @Nullable Object> line : list()) {
      csv.printRecord(line.values());
    }
  }

  /** The same for JSON; low and high are null where there is no interval. */
  public List<Map<String, @Nullable Object>> list() {
    List<Map<String, @Nullable Object>> list = new ArrayList<>();
    cells.forEach(
        (row, line) ->
            line.forEach(
                (measure, cell) -> {
                  Map<String, @Nullable Object> entry = new LinkedHashMap<>();
                  entry.put("method", Row.name(row.method()));
                  entry.put("upsampling", row.upsamplingName());
                  entry.put("measure", measure.key());
                  entry.put("mean", cell.mean());
                  Interval interval = cell.interval();
                  entry.put("low", interval == null ? null : interval.low());
                  entry.put("high", interval == null ? null : interval.high());
                  entry.put("images", cell.images());
                  list.add(entry);
                }));
    return list;
  }
}
