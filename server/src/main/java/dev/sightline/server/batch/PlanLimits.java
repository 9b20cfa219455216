package dev.sightline.server.batch;

/**
 * The bounds of what one image may cost.
 *
 * @param maxAnswerPixels pixels that the maps of one answer may have in all; grids of a layer's
 *     size do not count
 * @param maxFrames frames that may be computed for one image: every noisy sample, masked image and
 *     altered activation is one
 */
public record PlanLimits(long maxAnswerPixels, int maxFrames) {

  /** One map of the largest size, 8192 x 8192 pixels; 4096 frames. */
  public static final PlanLimits DEFAULT = new PlanLimits(8192L * 8192, 4096);

  /** Checks that both are positive. */
  public PlanLimits {
    if (maxAnswerPixels < 1 || maxFrames < 1) {
      throw new IllegalArgumentException(
          "maxAnswerPixels %d, maxFrames %d".formatted(maxAnswerPixels, maxFrames));
    }
  }

  /** The same bounds with another number of frames. */
  public PlanLimits withMaxFrames(int newMaxFrames) {
    return new PlanLimits(maxAnswerPixels, newMaxFrames);
  }
}
