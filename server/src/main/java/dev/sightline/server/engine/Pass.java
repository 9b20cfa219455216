package dev.sightline.server.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What goes into a pass: frames, and rows of (frame, class) for which gradients are wanted. Several
 * rows of one frame share its forward pass. Without rows a pass gives logits and activations.
 *
 * @param images a direct buffer with room for {@link Backend#maxBatch} images of N×C×H×W floats;
 *     the first {@code frames} of them are read from index 0, whatever the position
 * @param frames the number of frames, 1 to {@link Backend#maxBatch}
 * @param rowFrames for each row the index of its frame, 0 to {@code frames - 1}
 * @param rowClasses for each row its class: an index from 0, or {@code -1 - r} for the r-th most
 *     probable class of the frame, so -1 for the most probable one
 */
public record Pass(FloatBuffer images, int frames, int[] rowFrames, int[] rowClasses) {

  /** The number of most probable classes that rows can choose by rank: r is 0 to 31. */
  public static final int MAX_RANK = 32;

  /** Checks that there is a frame and that rows have both their halves. */
  public Pass {
    if (frames < 1 || rowFrames.length != rowClasses.length) {
      throw new IllegalArgumentException(
          "%d frames, %d row frames, %d row classes"
              .formatted(frames, rowFrames.length, rowClasses.length));
    }
  }

  /** A pass with one row a frame, each for the frame's most probable class. */
  public static Pass ofMostProbable(FloatBuffer images, int frames) {
    int[] classes = new int[frames];
    Arrays.fill(classes, -1);
    return new Pass(images, frames, IntStream.range(0, frames).toArray(), classes);
  }

  /** A pass without rows, for logits and activations. */
  public static Pass ofLogits(FloatBuffer images, int frames) {
    return new Pass(images, frames, new int[0], new int[0]);
  }

  /**
   * A buffer such as passes take, all zero.
   *
   * @param images its room, in images
   * @param imageSize floats in one image, C·H·W
   * @throws ArithmeticException if it would have 2 GiB or more
   */
  public static FloatBuffer buffer(int images, int imageSize) {
    int floats = Math.multiplyExact(images, imageSize);
    return ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** The number of rows. */
  public int rows() {
    return rowFrames.length;
  }
}
