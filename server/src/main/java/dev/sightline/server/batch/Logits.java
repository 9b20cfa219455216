package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import dev.sightline.server.model.Labels;
import dev.sightline.v1.Prediction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The scores of one frame: views into the logits of a pass. Softmax is computed in double.
 *
 * <p>A NaN counts as the smallest score, and infinite ones share the probability, so that no
 * probability is a NaN.
 */
final class Logits {
  private final float[] logits;
  private final int offset;
  private final int classes;
  private final double max;
  private final double sum;

  /**
   * A view.
   *
   * @param logits holds the frame's logits
   * @param offset where they begin
   * @param classes how many they are
   */
  Logits(float[] logits, int offset, int classes) {
    this.logits = logits;
    this.offset = offset;
    this.classes = classes;
    double largest = Double.NEGATIVE_INFINITY;
    for (int index = 0; index < classes; index++) {
      largest = Math.max(largest, score(logit(index)));
    }
    this.max = largest;
    double total = 0;
    for (int index = 0; index < classes; index++) {
      total += exponential(logit(index));
    }
    this.sum = total;
  }

  /** The scores of a frame of a pass. */
  static Logits of(PassResult result, int frame) {
    int classes = result.shape().classes();
    return new Logits(result.logits(), frame * classes, classes);
  }

  /** The same scores in an array of their own. */
  Logits copy() {
    return new Logits(Arrays.copyOfRange(logits, offset, offset + classes), 0, classes);
  }

  /** The score of a class before softmax. */
  float logit(int index) {
    return logits[offset + index];
  }

  /** The softmax of a class's score. */
  float probability(int index) {
    return (float) (exponential(logit(index)) / sum);
  }

  /**
   * The classes with the largest logits, largest first, of two equal ones the lower index first.
   */
  List<Integer> largest(int count) {
    Comparator<Integer> leastFirst =
        Comparator.comparingDouble((Integer index) -> score(logit(index)))
            .thenComparing(Comparator.reverseOrder());
    PriorityQueue<Integer> best = new PriorityQueue<>(count + 1, leastFirst);
    for (int index = 0; index < classes; index++) {
      // Most are not among them, and are not worth an object each.
      if (best.size() < count) {
        best.add(index);
      } else if (count > 0 && score(logit(index)) > score(logit(best.element()))) {
        best.remove();
        best.add(index);
      }
    }
    List<Integer> indices = new ArrayList<>(best);
    indices.sort(leastFirst.reversed());
    return indices;
  }

  /** That many of the most probable classes. */
  List<Prediction> predictions(int count, Labels labels) {
    return largest(count).stream()
        .map(
            index ->
                Prediction.newBuilder()
                    .setIndex(index)
                    .setLabel(labels.label(index))
                    .setLogit(logit(index))
                    .setProbability(probability(index))
                    .build())
        .toList();
  }

  /** The classes that rows name by index or by rank, as {@link ClassRows} has them. */
  int[] chosen(int[] rowClasses) {
    int ranks = Arrays.stream(rowClasses).map(wanted -> -wanted).max().orElse(0);
    List<Integer> ranked = ranks > 0 ? largest(ranks) : List.of();
    return Arrays.stream(rowClasses)
        .map(wanted -> wanted >= 0 ? wanted : ranked.get(-1 - wanted))
        .toArray();
  }

  /** One for the largest. */
  private double exponential(float logit) {
    double score = score(logit);
    return score == max ? 1 : Math.exp(score - max);
  }

  private static double score(float logit) {
    return Float.isNaN(logit) ? Double.NEGATIVE_INFINITY : logit;
  }
}
