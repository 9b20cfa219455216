package dev.sightline.server.engine;

/** Whether a pass fits a network, which every engine must know before it reads memory. */
final class PassChecks {

  private PassChecks() {}

  /**
   * Checks a pass.
   *
   * @param padded the number of images that the engine will read
   * @throws IllegalArgumentException naming what does not fit
   */
  static void check(Pass pass, PassShape shape, int maxBatch, int padded) {
    if (pass.frames() > maxBatch) {
      throw new IllegalArgumentException(
          "%d frames in a pass of at most %d".formatted(pass.frames(), maxBatch));
    }
    long floats = (long) padded * shape.imageSize();
    if (!pass.images().isDirect() || pass.images().capacity() < floats) {
      throw new IllegalArgumentException(
          "a direct image buffer of %d floats is needed, this one has %d"
              .formatted(floats, pass.images().capacity()));
    }
    if (shape.gridSize() == 0 && pass.rows() > 0) {
      throw new IllegalArgumentException(
          "%d rows in a pass that gives logits only".formatted(pass.rows()));
    }
    int ranks = Math.min(Pass.MAX_RANK, shape.classes());
    for (int i = 0; i < pass.rows(); i++) {
      int frame = pass.rowFrames()[i];
      int chosen = pass.rowClasses()[i];
      if (frame < 0 || frame >= pass.frames()) {
        throw new IllegalArgumentException("row %d names frame %d".formatted(i, frame));
      }
      if (chosen < -ranks || chosen >= shape.classes()) {
        throw new IllegalArgumentException("row %d names class %d".formatted(i, chosen));
      }
    }
  }
}
