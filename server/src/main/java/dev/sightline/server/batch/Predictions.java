package dev.sightline.server.batch;

import dev.sightline.server.model.Labels;
import dev.sightline.v1.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The most probable classes of a frame. */
final class Predictions {
  private Predictions() {}

  /**
   * The classes with the largest logits, largest first, of two equal ones the lower index first; a
   * NaN counts as the smallest. Softmax is computed in double.
   *
   * @param logits holds the frame's logits
   * @param offset where they begin
   * @param classes how many they are
   * @param count how many to list, at most {@code classes}
   * @param labels what the classes are called
   */
  static List<Prediction> top(float[] logits, int offset, int classes, int count, Labels labels) {
    Comparator<Integer> leastFirst =
        Comparator.comparingDouble((Integer index) -> score(logits[offset + index]))
            .thenComparing(Comparator.reverseOrder());
    PriorityQueue<Integer> best = new PriorityQueue<>(count + 1, leastFirst);
    for (int index = 0; index < classes; index++) {
      best.add(index);
      if (best.size() > count) {
        best.remove();
      }
    }
    List<Integer> indices = new ArrayList<>(best);
    indices.sort(leastFirst.reversed());
    double max = score(logits[offset + indices.get(0)]);
    double sum = 0;
    for (int index = 0; index < classes; index++) {
      sum += exponential(logits[offset + index], max);
    }
    List<Prediction> predictions = new ArrayList<>(count);
    for (int index : indices) {
      predictions.add(
          Prediction.newBuilder()
              .setIndex(index)
              .setLabel(labels.label(index))
              .setLogit(logits[offset + index])
              .setProbability((float) (exponential(logits[offset + index], max) / sum))
              .build());
    }
    return predictions;
  }

  /** One for the largest, so that infinite logits share the probability and never make a NaN. */
  private static double exponential(float logit, double max) {
    double score = score(logit);
    return score == max ? 1 : Math.exp(score - max);
  }

  private static double score(float logit) {
    return Float.isNaN(logit) ? Double.NEGATIVE_INFINITY : logit;
  }
}
