package dev.sightline.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PreprocessingTest {
  private static final float[] ONES = {1, 1, 1};

  @Test
  void itSaysInWordsWhatItDoes() {
    assertThat(rgb(of(127.5f), of(127.5f)).describe()).isEqualTo("RGB, x / 127.5 - 1, stretched");
    assertThat(rgb(of(0), of(255)).describe()).isEqualTo("RGB, x / 255, stretched");
    assertThat(rgb(of(0), ONES).describe()).isEqualTo("RGB, x, stretched");
    assertThat(
            new Preprocessing(
                    ChannelOrder.BGR,
                    new float[] {103.939f, 116.779f, 123.68f},
                    ONES,
                    Resize.STRETCH)
                .describe())
        .isEqualTo("BGR, x - [103.939, 116.779, 123.68], stretched");
    assertThat(
            new Preprocessing(
                    ChannelOrder.RGB,
                    new float[] {123.675f, 116.28f, 103.53f},
                    new float[] {58.395f, 57.12f, 57.375f},
                    Resize.centerCrop(256))
                .describe())
        .isEqualTo(
            "RGB, (x - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375], short side to 256,"
                + " centre cut out");
    assertThat(
            new Preprocessing(
                    ChannelOrder.GREY, new float[] {33.3f}, new float[] {78.6f}, Resize.STRETCH)
                .describe())
        .isEqualTo("GREY, (x - 33.3) / 78.6, stretched");
  }

  @Test
  void aTableHoldsEveryLevel() {
    float[] table = rgb(of(127.5f), of(127.5f)).tables()[1];
    assertThat(table).hasSize(256);
    assertThat(table[0]).isEqualTo(-1);
    assertThat(table[255]).isEqualTo(1);
    assertThat(table[51]).isEqualTo(-0.6f);
  }

  @Test
  void inputBecomesThePictureThatItStandsFor() {
    InputShape shape = new InputShape(3, 1, 2);
    float[] values = {9, 0.5f, -1, 0, 0.2f, 1, 2};
    assertThat(rgb(of(127.5f), of(127.5f)).photo(values, 1, shape).bgr())
        .containsExactly(levels(255, 128, 191, 255, 153, 0));
    Preprocessing reversed =
        new Preprocessing(ChannelOrder.BGR, new float[] {0, 10, 20}, ONES, Resize.STRETCH);
    assertThat(reversed.photo(new float[] {1, 2, 3, 4, 5, 6}, 0, shape).bgr())
        .containsExactly(levels(1, 13, 25, 2, 14, 26));
    Preprocessing grey =
        new Preprocessing(ChannelOrder.GREY, new float[] {0}, new float[] {2}, Resize.STRETCH);
    assertThat(grey.photo(new float[] {7, 50}, 0, new InputShape(1, 2, 1)).bgr())
        .containsExactly(levels(14, 14, 14, 100, 100, 100));
  }

  private static byte[] levels(int... levels) {
    byte[] bytes = new byte[levels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return bytes;
  }

  @Test
  void numbersThatCannotBeAreRefused() {
    assertThatThrownBy(() -> rgb(new float[1], ONES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 means and 3 stds for the 3 channels of RGB");
    assertThatThrownBy(() -> rgb(of(0), new float[] {1, 0, 1}))
        .hasMessage("channel 1 has the mean 0.0 and the std 0.0");
    assertThatThrownBy(() -> rgb(of(Float.NaN), ONES)).hasMessageContaining("the mean NaN");
    assertThatThrownBy(() -> Resize.centerCrop(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new InputShape(3, 0, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ImageLimits(0, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ImageLimits(1L << 31, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Preprocessing rgb(float[] mean, float[] std) {
    return new Preprocessing(ChannelOrder.RGB, mean, std, Resize.STRETCH);
  }

  private static float[] of(float value) {
    return new float[] {value, value, value};
  }
}
