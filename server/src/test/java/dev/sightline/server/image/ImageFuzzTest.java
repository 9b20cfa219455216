package dev.sightline.server.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sightline.v1.Reason;
import java.nio.FloatBuffer;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes are called an image. */
class ImageFuzzTest {
  private static final ImageLimits LIMITS = new ImageLimits(1 << 18, 1 << 16);
  private static final InputShape SHAPE = new InputShape(3, 6, 5);
  private static final Preprocessing PREPROCESSING =
      new Preprocessing(
          ChannelOrder.RGB, new float[3], new float[] {255, 255, 255}, Resize.centerCrop(8));
  private static final Set<Reason> REASONS =
      Set.of(
          Reason.REASON_IMAGE_UNREADABLE, Reason.REASON_IMAGE_EMPTY, Reason.REASON_IMAGE_TOO_LARGE);

  private final ImageReader reader = new ImageReader(LIMITS);

  static Stream<byte[]> files() {
    return Stream.of(".png", ".jpg", ".webp", ".bmp")
        .flatMap(
            extension ->
                Stream.of(
                    Images.encode(extension, 16, 12, Images.smooth(16, 12)),
                    Images.encode(extension, 4, 5, Images.noise(20, 1))));
  }

  @MethodSource("files")
  @FuzzTest
  void aFileIsReadOrRefused(byte[] file) {
    readOrRefused(file);
    readOrRefused(HandmadePng.corrected(file));
  }

  private void readOrRefused(byte[] file) {
    for (boolean keepPixels : new boolean[] {false, true}) {
      FloatBuffer into = FloatBuffer.allocate(SHAPE.size());
      try {
        Decoded decoded =
            reader.prepare(Images.encoded(file), SHAPE, PREPROCESSING, into, 0, keepPixels);
        assertThat((long) decoded.width() * decoded.height()).isBetween(1L, LIMITS.maxPixels());
        for (float value : into.array()) {
          assertThat(value).isBetween(0f, 1f);
        }
      } catch (ImageException e) {
        assertThat(e.reason()).isIn(REASONS);
        assertThat(into.array()).containsOnly(0);
      }
    }
  }
}
