package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.measure.Interval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;

/** The means over images, method by method and upsampling by upsampling. */
public final class Table {
  private final List<Row> rows;
  private final List<Group> groups;
  private final Map<Row, Map<Measure, Cell>> cells = new LinkedHashMap<>();

  /**
   * A mean.
   *
   * @param mean over the images that have the figure
   * @param images how many these are
   * @param interval its 95 % bootstrap interval, or null if they are too few or all equal
   */
  record Cell(double mean, int images, @Nullable Interval interval) {}

  private Table(List<Row> rows, Set<Group> groups) {
    this.rows = rows;
    this.groups = Arrays.stream(Group.values()).filter(groups::contains).toList();
  }

  /** Averages the figures of images. */
  public static Table of(List<ImageResult> results, Settings settings) {
    Table table = new Table(settings.rows(), settings.groups());
    for (Row row : table.rows) {
      Map<Measure, Cell> line = new LinkedHashMap<>();
      for (Measure measure : Measure.of(settings.groups())) {
        double[] values =
            results.stream()
                .map(result -> result.figures().getOrDefault(row.key(), Map.of()))
                .map(figures -> figures.get(measure.key()))
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .toArray();
        if (values.length > 0) {
          double mean = Arrays.stream(values).average().orElseThrow();
          Optional<Interval> interval = Interval.ofMean(values, settings.seed());
          line.put(measure, new Cell(mean, values.length, interval.orElse(null)));
        }
      }
      table.cells.put(row, line);
    }
    return table;
  }

  /** A block of lines a group, for people: means, each with its interval. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Group group : groups) {
      List<Measure> measures =
          Measure.of(Set.of(group)).stream()
              .filter(measure -> cells.values().stream().anyMatch(row -> row.containsKey(measure)))
              .toList();
      if (measures.isEmpty()) {
        continue;
      }
      List<List<String>> lines = new ArrayList<>();
      List<String> head = new ArrayList<>(List.of(group.title(), "upsampling"));
      measures.forEach(measure -> head.add(measure.title()));
      lines.add(head);
      int images = 0;
      for (Row row : rows) {
        List<String> line = new ArrayList<>(List.of(Row.name(row.method()), row.upsamplingName()));
        for (Measure measure : measures) {
          Cell cell = cells.getOrDefault(row, Map.of()).get(measure);
          line.add(cell == null ? "-" : shown(cell));
          images = Math.max(images, cell == null ? 0 : cell.images());
        }
        lines.add(line);
      }
      text.append(aligned(lines));
      text.append("  %d images".formatted(images));
      text.append(
          images < Interval.FEWEST
              ? ", too few for intervals"
              : "; [95 % bootstrap], none where all images agree");
      text.append(System.lineSeparator()).append(System.lineSeparator());
    }
    return text.toString();
  }

  private static String shown(Cell cell) {
    String format = Math.abs(cell.mean()) > 1.5 ? "%.1f" : "%.3f";
    Interval interval = cell.interval();
    return String.format(Locale.ROOT, format, cell.mean())
        + (interval == null
            ? ""
            : String.format(
                Locale.ROOT, " [" + format + ", " + format + "]", interval.low(), interval.high()));
  }

  private static String aligned(List<List<String>> lines) {
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder row = new StringBuilder();
      for (int i = 0; i < line.size(); i++) {
        int column = i;
        int width = lines.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
        row.append(line.get(i)).append(" ".repeat(width - line.get(i).length() + 2));
      }
      text.append(row.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** A line a figure: method, upsampling, measure, mean, low, high, images. */
  public void writeCsv(Appendable out) throws IOException {
    CSVPrinter csv = new CSVPrinter(out, CSVFormat.RFC4180);
    csv.printRecord("method", "upsampling", "measure", "mean", "low", "high", "images");
    for (Map<String, Object> line : list()) {
      csv.printRecord(line.values());
    }
  }

  /** The same for JSON. */
  public List<Map<String, Object>> list() {
    List<Map<String, Object>> list = new ArrayList<>();
    cells.forEach(
        (row, line) ->
            line.forEach(
                (measure, cell) -> {
                  Map<String, Object> entry = new LinkedHashMap<>();
                  entry.put("method", Row.name(row.method()));
                  entry.put("upsampling", row.upsamplingName());
                  entry.put("measure", measure.key());
                  entry.put("mean", cell.mean());
                  Interval interval = cell.interval();
                  // Empty where there is none, so that every entry has the same fields.
                  entry.put("low", interval == null ? "" : interval.low());
                  entry.put("high", interval == null ? "" : interval.high());
                  entry.put("images", cell.images());
                  list.add(entry);
                }));
    return list;
  }
}
