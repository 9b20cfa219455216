package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** CSV files (RFC 4180) with a head. */
final class Csv {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setTrim(true)
          .setIgnoreHeaderCase(true)
          .setIgnoreEmptyLines(true)
          .get();

  private Csv() {}

  /**
   * Reads a file line by line.
   *
   * @param columns must all be in its head
   * @param problems is told of a line that is no record, or that the reader refuses
   * @param reader takes a record; throws {@link IllegalArgumentException} to refuse it
   * @throws ModelException if a column is missing
   */
  static void read(
      Path file, List<String> columns, Consumer<String> problems, Consumer<CSVRecord> reader)
      throws IOException {
    try (CSVParser parser = FORMAT.parse(new StringReader(TextFiles.read(file)))) {
      for (String column : columns) {
        if (!parser.getHeaderMap().containsKey(column)) {
          throw new ModelException(
              "%s: its first line must name the columns %s; '%s' is missing"
                  .formatted(file, String.join(", ", columns), column));
        }
      }
      for (CSVRecord record : parser) {
        try {
          if (!record.isConsistent()) {
            throw new IllegalArgumentException("it has %d fields".formatted(record.size()));
          }
          reader.accept(record);
        } catch (IllegalArgumentException e) {
          problems.accept(
              "%s: line %d: %s".formatted(file, parser.getCurrentLineNumber(), e.getMessage()));
        }
      }
    } catch (UncheckedIOException | IllegalStateException e) {
      problems.accept("%s: the rest cannot be read: %s".formatted(file, e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw new ModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
