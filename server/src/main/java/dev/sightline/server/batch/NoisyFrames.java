package dev.sightline.server.batch;

import dev.sightline.server.engine.PassResult;
import dev.sightline.server.explain.Moments;
import dev.sightline.server.explain.Noise;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** Noisy versions of the image, whose gradients are averaged for each class. */
final class NoisyFrames implements Stage {
  private final Recipe.Noisy pass;
  private final float[] input;
  private final int[] rowClasses;
  private final Noise noise;
  private final List<Moments> moments;

  NoisyFrames(Recipe.Noisy pass, float[] input, int[] rowClasses, Noise noise) {
    this.pass = pass;
    this.input = input;
    this.rowClasses = rowClasses;
    this.noise = noise;
    this.moments =
        IntStream.of(rowClasses)
            .mapToObj(row -> new Moments(Math.toIntExact(pass.size())))
            .toList();
  }

  @Override
  public Lane lane() {
    return pass.lane();
  }

  /** Where the same gradients of the image as it is were computed. */
  Lane clean() {
    return pass.clean();
  }

  @Override
  public int frames() {
    return Math.toIntExact(pass.frames());
  }

  @Override
  public int[] rowClasses() {
    return rowClasses;
  }

  @Override
  public void write(int frame, FloatBuffer images, int offset) {
    noise.write(input, frame, images, offset);
  }

  @Override
  public synchronized void read(int frame, PassResult result, int at, int firstRow) {
    for (int row = 0; row < rowClasses.length; row++) {
      moments.get(row).add(result.gradients(), (firstRow + row) * result.shape().gridSize());
    }
  }

  /** The averages for a class, once all frames were read. */
  Moments moments(int row) {
    return moments.get(row);
  }
}
