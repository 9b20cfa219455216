package dev.sightline.server.benchmark;

import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A photograph at the size of a camera's frame. */
final class Pictures {
  static final int WIDTH = 640;
  static final int HEIGHT = 480;

  private Pictures() {}

  static Photo frame() {
    try (InputStream file = Pictures.class.getResourceAsStream("/photos/djl_kitten.jpg")) {
      return PhotoCodec.read(Objects.requireNonNull(file).readAllBytes()).resized(WIDTH, HEIGHT);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
