package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Prediction;
import dev.sightline.v1.Reason;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Work on one pixel for {@link FakeBackend}s, in stages: a frame for each number of a stage. The
 * answer's predictions have what came back of all frames, in the order of the frames.
 */
final class PixelWork implements Work {
  static final float UNREADABLE = -1;
  static final float BUG_IN_PREPARE = -2;
  static final float BUG_IN_EXPLAIN = -3;

  /** Takes a hundred times the bytes of the others. */
  static final float LARGE = 1000;

  private final float pixel;
  private final List<PixelStage> stages;
  private int stage;

  /** One frame. */
  PixelWork(Lane lane, float pixel, int... rowClasses) {
    this(pixel, List.of(new PixelStage(lane, List.of(pixel), rowClasses)));
  }

  /** Several stages. */
  PixelWork(float pixel, List<PixelStage> stages) {
    this.pixel = pixel;
    this.stages = stages;
  }

  float pixel() {
    return pixel;
  }

  @Override
  public long bytes() {
    return pixel == LARGE ? 1000 : 10;
  }

  @Override
  public int frames() {
    return stages.stream().mapToInt(Stage::frames).sum();
  }

  @Override
  public Stage first() {
    return stages.get(0);
  }

  @Override
  public @Nullable Stage next() {
    stage++;
    return stage < stages.size() ? stages.get(stage) : null;
  }

  @Override
  public void explain(Explanation.Builder into) {
    if (pixel == BUG_IN_EXPLAIN) {
      throw new AssertionError("a bug");
    }
    stages.forEach(done -> into.addAllPredictions(done.back));
  }

  /** A frame for each of some pixels, through one lane. */
  static final class PixelStage implements Stage {
    private final Lane lane;
    private final List<Float> pixels;
    private final int[] rowClasses;
    private final List<Prediction> back;

    PixelStage(Lane lane, List<Float> pixels, int... rowClasses) {
      this.lane = lane;
      this.pixels = pixels;
      this.rowClasses = rowClasses;
      this.back =
          new ArrayList<>(Collections.nCopies(pixels.size(), Prediction.getDefaultInstance()));
    }

    @Override
    public Lane lane() {
      return lane;
    }

    @Override
    public int frames() {
      return pixels.size();
    }

    @Override
    public int[] rowClasses() {
      return rowClasses;
    }

    @Override
    public void write(int frame, FloatBuffer images, int offset) throws RefusedException {
      if (pixels.get(frame) == UNREADABLE) {
        throw new RefusedException(Refusal.of(Reason.REASON_IMAGE_UNREADABLE, "not a picture"));
      }
      if (pixels.get(frame) == BUG_IN_PREPARE) {
        throw new IllegalStateException("a bug");
      }
      images.put(offset, pixels.get(frame));
    }

    @Override
    public synchronized void read(int frame, PassResult result, int at, int firstRow) {
      Prediction.Builder prediction = Prediction.newBuilder().setLogit(result.activations()[at]);
      if (rowClasses.length > 0) {
        prediction.setIndex(result.chosen()[firstRow]);
      }
      back.set(frame, prediction.build());
    }
  }
}
