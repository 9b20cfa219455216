package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import java.nio.FloatBuffer;

/** The image as it is, through a lane that gives activations and gradients. */
record CleanFrame(View view, Recipe.Clean pass, int[] rowClasses) implements Stage {
  @Override
  public Lane lane() {
    return pass.lane();
  }

  @Override
  public int frames() {
    return 1;
  }

  @Override
  public void write(int frame, FloatBuffer images, int offset)
      throws RefusedException, UnchangedException {
    view.writeClean(images, offset);
  }

  @Override
  public void read(int frame, PassResult result, int at, int firstRow) {
    view.clean(this, result, at, firstRow);
  }
}
