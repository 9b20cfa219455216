package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PhotoCodecTest {

  @ParameterizedTest
  @EnumSource(PhotoFormat.class)
  void aPhotographComesBack(PhotoFormat format) {
    Photo photo = gradient(64, 48);
    Photo read = PhotoCodec.read(PhotoCodec.write(photo, format));
    assertThat(read.width()).isEqualTo(64);
    assertThat(read.height()).isEqualTo(48);
    boolean lossless = format == PhotoFormat.PNG || format == PhotoFormat.BMP;
    double error = 0;
    for (int i = 0; i < photo.bgr().length; i++) {
      error += Math.abs((photo.bgr()[i] & 0xff) - (read.bgr()[i] & 0xff));
    }
    assertThat(error / photo.bgr().length).isLessThanOrEqualTo(lossless ? 0 : 4);
  }

  @Test
  void dimensionsAreCheckedBeforeAnythingIsDecoded() {
    byte[] file = PhotoCodec.write(gradient(4, 4), PhotoFormat.BMP);
    ByteBuffer header = ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    header.putInt(18, 60_000).putInt(22, 60_000);
    assertThatThrownBy(() -> PhotoCodec.read(file))
        .isInstanceOf(MalformedPhotoException.class)
        .hasMessage("the BMP file has 60000 x 60000 pixels; 1 to 67108864 can be read");
    header.putInt(18, 0);
    assertThatThrownBy(() -> PhotoCodec.read(file)).hasMessageContaining("0 x 60000 pixels");
  }

  @Test
  void aPhotographIsResizedBySharesOfItsPixels() {
    Photo two = new Photo(2, 1, new byte[] {0, 100, (byte) 200, 100, 0, (byte) 250});
    assertThat(two.resized(1, 1).bgr()).containsExactly(50, 50, (byte) 225);
    assertThat(two.resized(4, 1).bgr())
        .containsExactly(
            0, 100, (byte) 200, 25, 75, (byte) 213, 75, 25, (byte) 238, 100, 0, (byte) 250);
    assertThat(two.resized(2, 1)).isSameAs(two);
  }

  private static Photo gradient(int width, int height) {
    byte[] bgr = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      bgr[3 * i] = (byte) (i % width * 4);
      bgr[3 * i + 1] = (byte) (i / width * 4);
      bgr[3 * i + 2] = (byte) 128;
    }
    return new Photo(width, height, bgr);
  }
}
