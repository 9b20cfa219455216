package dev.sightline.server.model.expansion;

import dev.sightline.server.model.ModelException;

/**
 * How an expansion network is trained.
 *
 * @param base channels at the input's own resolution, at least 1: how large the decoder is
 * @param batch photographs in a step, 1 to 256
 * @param steps how many steps there are at most, at least 1
 * @param heldOut the share of the photographs that is not trained on but measured, above 0 and
 *     below 1
 * @param patience after how many measurements without a new best one the training ends, at least 1
 * @param rate what Adadelta's step is multiplied by, above 0
 * @param seed where all random numbers begin
 */
public record TrainingSettings(
    int base, int batch, int steps, double heldOut, int patience, double rate, long seed) {

  /** Checks the ranges. */
  public TrainingSettings {
    require(base >= 1, "a decoder of %d channels; at least 1 is needed", base);
    require(batch >= 1 && batch <= 256, "a batch of %d photographs; it has 1 to 256", batch);
    require(steps >= 1, "%d steps; at least 1 is needed", steps);
    require(heldOut > 0 && heldOut < 1, "%s held out; a share above 0 and below 1", heldOut);
    require(patience >= 1, "a patience of %d; at least 1 is needed", patience);
    require(rate > 0 && Double.isFinite(rate), "a rate of %s; it is above 0", rate);
  }

  /**
   * The steps in which every photograph that is learnt from is seen so many times.
   *
   * @param epochs at least 1
   * @param photographs how many there are, those held out among them
   */
  public int stepsOf(int epochs, int photographs) {
    require(epochs >= 1, "%d epochs; at least 1 is needed", epochs);
    double learnt = Math.max(1, photographs - Math.max(1, Math.round(heldOut * photographs)));
    return (int) Math.ceil(epochs * learnt / Math.min(batch, learnt));
  }

  private static void require(boolean met, String message, Object found) {
    if (!met) {
      throw new ModelException(message.formatted(found));
    }
  }
}
