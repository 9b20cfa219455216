package dev.sightline.server.engine;

/** The classes that the rows of a pass name, by index or by rank, once the logits are known. */
final class RowClasses {

  private RowClasses() {}

  /**
   * The class index of each row.
   *
   * @param pass its rows; {@code -1 - r} is the r-th most probable class of the row's frame
   * @param logits N×classes
   * @param classes logits of a frame
   */
  static int[] of(Pass pass, float[] logits, int classes) {
    int[] chosen = new int[pass.rows()];
    for (int i = 0; i < chosen.length; i++) {
      int wanted = pass.rowClasses()[i];
      chosen[i] =
          wanted >= 0
              ? wanted
              : ranked(logits, pass.rowFrames()[i] * classes, classes, -1 - wanted);
    }
    return chosen;
  }

  /** Of equal logits the one with the lower index is the more probable, as in ONNX's TopK. */
  private static int ranked(float[] logits, int from, int classes, int rank) {
    boolean[] taken = new boolean[classes];
    int best = 0;
    for (int r = 0; r <= rank; r++) {
      best = -1;
      for (int c = 0; c < classes; c++) {
        if (!taken[c] && (best < 0 || Float.compare(logits[from + c], logits[from + best]) > 0)) {
          best = c;
        }
      }
      taken[best] = true;
    }
    return best;
  }
}
