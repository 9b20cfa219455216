package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.measure.Interval;
import java.util.ArrayList;
import java.util.List;

/** A table for a terminal: a block a group, a line a row. */
final class TableText {
  private TableText() {}

  static String of(Table table) {
    StringBuilder text = new StringBuilder();
    for (Group group : Group.values()) {
      List<Measure> measures = table.measures(group);
      if (!measures.isEmpty()) {
        text.append(block(table, group, measures)).append(System.lineSeparator());
      }
    }
    return text.toString();
  }

  private static String block(Table table, Group group, List<Measure> measures) {
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(group.title(), "upsampling"));
    measures.forEach(measure -> head.add(measure.title()));
    lines.add(head);
    int images = 0;
    for (Row row : table.rows()) {
      List<String> line = new ArrayList<>(List.of(Row.name(row.method()), row.upsamplingName()));
      for (Measure measure : measures) {
        Cell cell = table.cell(row, measure);
        line.add(cell == null ? "-" : cell.text(measure));
        images = Math.max(images, cell == null ? 0 : cell.images());
      }
      lines.add(line);
    }
    return aligned(lines) + "  " + images(images) + System.lineSeparator();
  }

  /** Of how many images the figures are, and what that means for their intervals. */
  static String images(int images) {
    return "%d images%s"
        .formatted(
            images,
            images < Interval.FEWEST
                ? ", too few for intervals"
                : "; [95 % bootstrap], none where all images agree");
  }

  static String aligned(List<List<String>> lines) {
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
}
