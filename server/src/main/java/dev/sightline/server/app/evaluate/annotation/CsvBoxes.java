package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.server.explain.measure.Box;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVRecord;

/**
 * Boxes of a CSV file whose first line names its columns: file, label, xmin, ymin, xmax and ymax,
 * in any order. Corners are pixel edges from 0, so xmax − xmin is the width; label may be empty.
 */
final class CsvBoxes {
  private static final List<String> COLUMNS =
      List.of("file", "label", "xmin", "ymin", "xmax", "ymax");

  private CsvBoxes() {}

  static void read(Path file, Boxes into, Consumer<String> problems) throws IOException {
    Csv.read(file, COLUMNS, problems, record -> add(record, into));
  }

  private static void add(CSVRecord record, Boxes into) {
    Box box =
        new Box(
            number(record, "xmin"),
            number(record, "ymin"),
            number(record, "xmax"),
            number(record, "ymax"));
    String image = record.get("file");
    if (image.isEmpty()) {
      throw new IllegalArgumentException("it names no file");
    }
    into.add(image, new LabelledBox(record.get("label"), box));
  }

  private static double number(CSVRecord record, String column) {
    String text = record.get(column);
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("its %s is '%s'".formatted(column, text), e);
    }
  }
}
