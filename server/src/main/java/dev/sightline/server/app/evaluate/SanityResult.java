package dev.sightline.server.app.evaluate;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is left of maps as the weights behind them are drawn anew.
 *
 * @param layers how many layers of the network have weights
 * @param images on which it was seen
 * @param stages the more layers the later; fewer than were asked for if it was stopped
 */
public record SanityResult(int layers, List<String> images, List<Stage> stages) {

  /** From here on a map counts as the same: the mean rank correlation with the original. */
  static final double ALIKE = 0.9;

  /**
   * The network with some of its last layers drawn anew.
   *
   * @param last how many layers
   * @param layer the name of the one nearest to the image
   * @param likeness by method, one an image whose original map is not constant
   */
  public record Stage(int last, String layer, Map<String, List<Likeness>> likeness) {}

  /**
   * Spearman's rank correlation of a map with the original.
   *
   * @param signed of their values
   * @param absolute of their magnitudes
   */
  public record Likeness(double signed, double absolute) {}

  /** The mean over images; null if there is none. */
  static @Nullable Cell cell(Stage stage, String method, boolean absolute, long seed) {
    double[] values =
        stage.likeness().getOrDefault(method, List.of()).stream()
            .mapToDouble(like -> absolute ? like.absolute() : like.signed())
            .toArray();
    return values.length == 0 ? null : Cell.of(values, seed);
  }

  /** The methods, in their order. */
  List<String> methods() {
    return stages.isEmpty() ? List.of() : List.copyOf(stages.get(0).likeness().keySet());
  }

  /**
   * Names what a method is insensitive to, in a sentence; nothing if it changes as it should. It is
   * insensitive if the mean correlation, of values or of magnitudes, is still above {@value #ALIKE}
   * when the first stage has drawn the logits' layer anew, or when the last one has drawn all.
   */
  Optional<String> insensitive(String method, long seed) {
    if (stages.isEmpty()) {
      return Optional.empty();
    }
    Stage last = stages.get(stages.size() - 1);
    if (last.last() == layers && alike(last, method, seed)) {
      return Optional.of(
          "%s is insensitive: its maps stay the same though no layer has the weights that were learned"
              .formatted(method));
    }
    return alike(stages.get(0), method, seed)
        ? Optional.of(
            "%s is insensitive to the class: its maps stay the same though the weights of the logits are others"
                .formatted(method))
        : Optional.empty();
  }

  private static boolean alike(Stage stage, String method, long seed) {
    return Stream.of(false, true)
        .map(absolute -> cell(stage, method, absolute, seed))
        .anyMatch(cell -> cell != null && cell.mean() > ALIKE);
  }
}
