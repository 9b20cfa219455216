package dev.sightline.client.cli;

import dev.sightline.client.Cell;
import dev.sightline.client.Options;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that select feature maps and neurons of the target layers. */
final class SelectionOptions {
  @Option(
      names = "--filters",
      paramLabel = "K",
      split = ",",
      description = "Feature maps, from 0, such as 3,17: a map of each alone.")
  private int[] filters = {};

  @Option(
      names = "--region",
      paramLabel = "R,C:R,C",
      converter = CellsConverter.class,
      description =
          "Two corners of a rectangle of neurons, row,column from 0, such as 2,1:4,5; only the"
              + " neurons within count.")
  private @Nullable Cells region;

  @Option(
      names = "--neurons",
      paramLabel = "R,C[:R,C...]",
      converter = CellsConverter.class,
      description = "The only neurons that count, such as 3,3 or 2,1:4,5:6,0.")
  private @Nullable Cells neurons;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Places in a layer's grid. */
  record Cells(List<Cell> cells) {}

  /** Whether anything is selected. */
  boolean isGiven() {
    return filters.length > 0 || region != null || neurons != null;
  }

  void addTo(Options.Builder options) {
    if (Arrays.stream(filters).anyMatch(filter -> filter < 0)) {
      throw new ParameterException(spec.commandLine(), "--filters are counted from 0");
    }
    if (filters.length > 0) {
      options.filters(filters);
    }
    if (region != null && neurons != null) {
      throw new ParameterException(
          spec.commandLine(), "--region and --neurons both say which neurons count; give one");
    }
    if (region != null) {
      if (region.cells.size() != 2) {
        throw new ParameterException(
            spec.commandLine(), "a region has two corners, such as --region 2,1:4,5");
      }
      options.region(region.cells.get(0), region.cells.get(1));
    }
    if (neurons != null) {
      options.neurons(neurons.cells.toArray(new Cell[0]));
    }
  }

  static final class CellsConverter implements ITypeConverter<Cells> {
    @Override
    public Cells convert(String text) {
      if (!text.matches("\\d{1,6},\\d{1,6}(:\\d{1,6},\\d{1,6})*")) {
        throw new TypeConversionException(
            "\"" + text + "\" is no row,column such as 2,1, nor several such as 2,1:4,5");
      }
      return new Cells(Arrays.stream(text.split(":", -1)).map(CellsConverter::cell).toList());
    }

    private static Cell cell(String text) {
      int comma = text.indexOf(',');
      return new Cell(
          Integer.parseInt(text.substring(0, comma)), Integer.parseInt(text.substring(comma + 1)));
    }
  }
}
