package dev.sightline.server.graph;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Decoder} does at one resolution: relu(mix(relu(upsampled(up(before)) +
 * skip(layer)))), where {@code before} is what the stage below gave.
 *
 * @param height rows of the maps that it gives
 * @param width columns of the maps that it gives
 * @param up takes the maps of the stage below before they are upsampled; null in the deepest stage
 * @param layer the tensor of the classifier that joins in, of this height and width; null where the
 *     classifier has none of this resolution
 * @param skip takes that tensor; null where there is none
 * @param mix what looks at neighbours
 */
public record DecoderStage(
    int height,
    int width,
    @Nullable DecoderConvolution up,
    @Nullable Layer layer,
    @Nullable DecoderConvolution skip,
    DecoderConvolution mix) {

  /** Checks that something enters, and that a tensor and its convolution come together. */
  public DecoderStage {
    if ((up == null && skip == null) || (layer == null) != (skip == null)) {
      throw new IllegalArgumentException(
          "a stage of %d x %d that takes nothing".formatted(height, width));
    }
  }
}
