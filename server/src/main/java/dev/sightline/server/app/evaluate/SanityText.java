package dev.sightline.server.app.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A sanity check for a terminal: a line a method, a column a stage. */
public final class SanityText {
  private SanityText() {}

  /**
   * Writes it.
   *
   * @param seed of its intervals
   */
  public static String of(SanityResult sanity, long seed) {
    StringBuilder text = new StringBuilder();
    text.append(
        "Rank correlation with the original map after the last layers of %d were drawn anew%n"
            .formatted(sanity.layers()));
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("Sanity, layers drawn anew"));
    sanity.stages().forEach(stage -> head.add(Integer.toString(stage.last())));
    lines.add(head);
    for (String method : sanity.methods()) {
      List<String> line = new ArrayList<>(List.of(method));
      sanity
          .stages()
          .forEach(stage -> line.add(mean(SanityResult.cell(stage, method, false, seed))));
      lines.add(line);
    }
    text.append(TableText.aligned(lines));
    text.append("  %d images%n".formatted(sanity.images().size()));
    sanity.methods().stream()
        .flatMap(method -> sanity.insensitive(method, seed).stream())
        .forEach(sentence -> text.append(sentence).append(System.lineSeparator()));
    return text.append(System.lineSeparator()).toString();
  }

  private static String mean(@Nullable Cell cell) {
    return cell == null ? "-" : String.format(Locale.ROOT, "%.3f", cell.mean());
  }
}
