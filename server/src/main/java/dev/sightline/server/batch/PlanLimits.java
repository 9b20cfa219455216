package dev.sightline.server.batch;

/**
 * The bounds of what one image may cost.
 *
 * @param maxAnswerPixels pixels that the maps of one answer may have in all; of grids, their cells;
 *     and as many again for what is made beside them at the size of the network's input: regions,
 *     masks and pictures of steps
 * @param maxFrames frames that may be computed for one image: every noisy sample, masked image and
 *     altered activation is one
 * @param maxBytes bytes of activations, gradients and their averages that one image may hold at
 *     once
 */
public record PlanLimits(long maxAnswerPixels, int maxFrames, long maxBytes) {

  /** One map of the largest size, 8192 x 8192 pixels; 4096 frames; 256 MiB. */
  public static final PlanLimits DEFAULT = new PlanLimits(8192L * 8192, 4096, 256L << 20);

  /** Checks that all are positive. */
  public PlanLimits {
    if (maxAnswerPixels < 1 || maxFrames < 1 || maxBytes < 1) {
      throw new IllegalArgumentException(
          "maxAnswerPixels %d, maxFrames %d, maxBytes %d"
              .formatted(maxAnswerPixels, maxFrames, maxBytes));
    }
  }

  /** The same bounds with another number of frames. */
  public PlanLimits withMaxFrames(int newMaxFrames) {
    return new PlanLimits(maxAnswerPixels, newMaxFrames, maxBytes);
  }
}
