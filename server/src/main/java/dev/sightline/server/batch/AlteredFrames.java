package dev.sightline.server.batch;

import dev.sightline.heatmap.Grid;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.explain.Perturbation;
import dev.sightline.server.explain.Scores;
import java.nio.FloatBuffer;

/** Altered versions of the image or of its activation, of which the scores are kept. */
final class AlteredFrames implements Stage {
  private static final int[] NO_ROWS = {};

  private final Recipe.Altered pass;
  private final Perturbation perturbation;
  private final int[] classes;
  private final Scores[] scores;

  /**
   * Nothing computed yet.
   *
   * @param clean the network's scores for the image as it is
   * @param classes whose scores are kept
   */
  AlteredFrames(Recipe.Altered pass, Perturbation perturbation, Logits clean, int[] classes) {
    this.pass = pass;
    this.perturbation = perturbation;
    this.classes = classes;
    this.scores = new Scores[classes.length];
    for (int row = 0; row < classes.length; row++) {
      scores[row] =
          new Scores(
              new float[perturbation.count()],
              new float[perturbation.count()],
              clean.logit(classes[row]));
    }
  }

  /** The recipe's line that it follows. */
  Recipe.Altered pass() {
    return pass;
  }

  @Override
  public Lane lane() {
    return pass.lane();
  }

  @Override
  public int frames() {
    return perturbation.count();
  }

  @Override
  public int[] rowClasses() {
    return NO_ROWS;
  }

  @Override
  public void write(int frame, FloatBuffer images, int offset) {
    perturbation.write(frame, images, offset);
  }

  @Override
  public void read(int frame, PassResult result, int at, int firstRow) {
    Logits logits = Logits.of(result, at);
    for (int row = 0; row < classes.length; row++) {
      scores[row].logits()[frame] = logits.logit(classes[row]);
      scores[row].probabilities()[frame] = logits.probability(classes[row]);
    }
  }

  /** The map of a class, once all frames were read. */
  Grid map(int row) {
    return perturbation.map(scores[row]);
  }
}
