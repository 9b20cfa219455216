package dev.sightline.server.engine;

import java.nio.file.Path;

/**
 * A TorchScript module on disk: its method {@code features} takes images N×C×H×W to maps N×K×h×w,
 * its method {@code head} takes those to logits N×classes.
 *
 * @param path the file
 * @param channels C, channels of an input image
 * @param height H, rows of an input image, which the file does not tell
 * @param width W, columns of an input image, which the file does not tell
 */
public record TorchFile(Path path, int channels, int height, int width) {

  /** Checks that there is an image. */
  public TorchFile {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "an input of %d x %d x %d".formatted(channels, height, width));
    }
  }
}
