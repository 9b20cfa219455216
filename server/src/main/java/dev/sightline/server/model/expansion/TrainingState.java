package dev.sightline.server.model.expansion;

import java.util.ArrayList;
import java.util.List;

/**
 * All that a training is at a moment, but for the photographs and the classifier: what is drawn at
 * random follows from seed and step. Not thread-safe.
 */
final class TrainingState {
  private static final double MEMORY = 0.99;

  final Standards standards;
  final float[] trained;
  final Adadelta adadelta;

  /**
   * The mean of the parameters over the latest steps, each counting less than the one after it:
   * what a step overshoots, the next takes back, and the mean is ahead of both (Polyak & Juditsky
   * 1992).
   */
  final float[] average;

  final List<Measurement> curve = new ArrayList<>();
  float[] best;
  double bestLoss = Double.POSITIVE_INFINITY;
  int bestStep;
  int step;

  /** The sum of the losses since the last measurement, and how many. */
  double lossSum;

  int lossCount;

  /** Before the first step. */
  TrainingState(Standards standards, float[] trained) {
    this(standards, trained, Adadelta.of(trained.length), trained.clone());
  }

  TrainingState(Standards standards, float[] trained, Adadelta adadelta, float[] average) {
    this.standards = standards;
    this.trained = trained;
    this.adadelta = adadelta;
    this.average = average;
    this.best = average.clone();
  }

  /** Moves the parameters against a gradient. */
  void move(float[] gradient, double rate) {
    adadelta.move(trained, gradient, rate);
    // The first steps should not be weighed down by where they began.
    double kept = Math.min(MEMORY, (1.0 + step) / (10 + step));
    for (int i = 0; i < average.length; i++) {
      average[i] = (float) (kept * average[i] + (1 - kept) * trained[i]);
    }
    step++;
  }

  void add(double loss) {
    lossSum += loss;
    lossCount++;
  }

  /** Takes a measurement at this step; true if it is the best one. */
  boolean measured(double heldOut) {
    curve.add(new Measurement(step, lossCount == 0 ? heldOut : lossSum / lossCount, heldOut));
    lossSum = 0;
    lossCount = 0;
    boolean better = heldOut < bestLoss;
    if (better) {
      best = average.clone();
      bestLoss = heldOut;
      bestStep = step;
    }
    return better;
  }

  /** How many measurements there were since the best one. */
  int worse() {
    return (int) curve.stream().filter(measurement -> measurement.step() > bestStep).count();
  }
}
