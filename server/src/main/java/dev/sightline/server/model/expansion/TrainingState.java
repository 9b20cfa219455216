package dev.sightline.server.model.expansion;

import java.util.ArrayList;
import java.util.List;

/**
 * All that a training is at a moment, but for the photographs and the classifier: what is drawn at
 * random follows from seed and step. Not thread-safe.
 */
final class TrainingState {
  final Standards standards;
  final float[] trained;
  final Adadelta adadelta;
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
    this(standards, trained, Adadelta.of(trained.length));
  }

  TrainingState(Standards standards, float[] trained, Adadelta adadelta) {
    this.standards = standards;
    this.trained = trained;
    this.adadelta = adadelta;
    this.best = trained.clone();
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
      best = trained.clone();
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
