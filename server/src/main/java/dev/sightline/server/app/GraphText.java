package dev.sightline.server.app;

import dev.sightline.server.graph.GraphReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What a graph is made of, in words and a table. */
final class GraphText {
  private GraphText() {}

  static String of(GraphReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("  OPERATOR", "FORWARD", "BACKWARD", "TENSORRT"));
    Set<String> operators = new TreeSet<>(report.forward().operators().keySet());
    operators.addAll(report.backward().operators().keySet());
    for (String operator : operators) {
      rows.add(
          List.of(
              "  " + operator,
              count(report.forward(), operator),
              count(report.backward(), operator),
              report.outsideTensorRt().contains(operator) ? "no" : ""));
    }
    return String.join(
            System.lineSeparator(),
            "  opset    %d, %d nodes, %s"
                .formatted(
                    report.opset(),
                    report.forward().nodes() + report.backward().nodes(),
                    megabytes(report.bytes())),
            "  forward  " + part(report.forward()),
            "  backward " + part(report.backward()) + ", with the choice of classes",
            "",
            ModelText.table(rows))
        + "not taken by TensorRT's parser: %s%n"
            .formatted(
                report.outsideTensorRt().isEmpty()
                    ? "none"
                    : String.join(", ", report.outsideTensorRt()));
  }

  private static String part(GraphReport.Part part) {
    return "%d nodes, %s of constants".formatted(part.nodes(), megabytes(part.constantBytes()));
  }

  private static String count(GraphReport.Part part, String operator) {
    Integer count = part.operators().get(operator);
    return count == null ? "" : count.toString();
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f MB", bytes / 1e6);
  }
}
