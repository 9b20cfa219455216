package dev.sightline.server.batch;

import dev.sightline.server.engine.Pass;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Reason;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Which classes a frame's rows are for. */
final class ClassRows {
  private static final int MAX_ROWS = 32;

  private ClassRows() {}

  /** The classes as {@link Pass#rowClasses} has them: the most probable one if none is chosen. */
  static int[] of(List<ClassChoice> choices, Target target) throws RefusedException {
    IntStream rows = choices.isEmpty() ? IntStream.of(-1) : IntStream.empty();
    int count = 0;
    for (ClassChoice choice : choices) {
      int[] chosen = row(choice, target);
      count += chosen.length;
      if (count > MAX_ROWS) {
        throw invalid("More than %d classes were asked for.".formatted(MAX_ROWS));
      }
      rows = IntStream.concat(rows, IntStream.of(chosen));
    }
    return rows.toArray();
  }

  private static int[] row(ClassChoice choice, Target target) throws RefusedException {
    return switch (choice.getChoiceCase()) {
      case INDEX -> new int[] {index(choice.getIndex(), target)};
      case LABEL -> new int[] {label(choice.getLabel(), target)};
      case MOST_PROBABLE -> ranks(choice.getMostProbable(), target);
      case CHOICE_NOT_SET -> throw invalid("A class choice is empty.");
    };
  }

  private static int index(int index, Target target) throws RefusedException {
    if (index < 0 || index >= target.classes()) {
      String asked = Integer.toUnsignedString(index);
      throw new RefusedException(
          Reason.REASON_UNKNOWN_CLASS,
          "Model %s has no class %s; its classes are 0 to %d."
              .formatted(target.name(), asked, target.classes() - 1),
          Map.of("model", target.name(), "class", asked));
    }
    return index;
  }

  private static int label(String label, Target target) throws RefusedException {
    return target
        .labels()
        .find(label)
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.REASON_UNKNOWN_CLASS,
                    "Model %s has no class labelled \"%s\"; ModelService.GetModel lists its labels."
                        .formatted(target.name(), label),
                    Map.of("model", target.name(), "class", label)));
  }

  private static int[] ranks(int count, Target target) throws RefusedException {
    int most = Math.min(Pass.MAX_RANK, target.classes());
    if (count < 1 || count > most) {
      throw invalid(
          "The %s most probable classes were asked for; model %s can give 1 to %d."
              .formatted(Integer.toUnsignedString(count), target.name(), most));
    }
    return IntStream.range(0, count).map(rank -> -1 - rank).toArray();
  }

  private static RefusedException invalid(String message) {
    return RefusedException.option("classes", message);
  }
}
