package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Prediction;
import dev.sightline.v1.Reason;
import java.nio.FloatBuffer;

/** Work on one pixel for a {@link FakeBackend}; the answer's first prediction has it as logit. */
record PixelWork(float pixel, int... rowClasses) implements Work {
  static final float UNREADABLE = -1;
  static final float BUG_IN_PREPARE = -2;
  static final float BUG_IN_EXPLAIN = -3;

  /** Takes a hundred times the bytes of the others. */
  static final float LARGE = 1000;

  PixelWork(float pixel) {
    this(pixel, -1);
  }

  @Override
  public long bytes() {
    return pixel == LARGE ? 1000 : 10;
  }

  @Override
  public void prepare(FloatBuffer images, int offset) throws RefusedException {
    if (pixel == UNREADABLE) {
      throw new RefusedException(Refusal.of(Reason.REASON_IMAGE_UNREADABLE, "not a picture"));
    }
    if (pixel == BUG_IN_PREPARE) {
      throw new IllegalStateException("a bug");
    }
    images.put(offset, pixel);
  }

  @Override
  public void explain(PassResult result, int frame, int firstRow, Explanation.Builder into) {
    if (pixel == BUG_IN_EXPLAIN) {
      throw new AssertionError("a bug");
    }
    into.addPredictions(
        Prediction.newBuilder()
            .setIndex(result.chosen()[firstRow])
            .setLogit(result.activations()[frame]));
  }
}
