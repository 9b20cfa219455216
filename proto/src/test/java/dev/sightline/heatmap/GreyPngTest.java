package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GreyPngTest {
  private static final Offset<Float> HALF_A_LEVEL = Offset.offset(0.5f / 255 + 1e-6f);

  @Test
  void planeComesBackScaledBetweenItsMinimumAndItsMaximum() {
    Plane plane = new Plane(2, 3, new float[] {-1, 0, 1, 2, 2.5f, 3});
    Plane read = GreyPng.read(GreyPng.write(plane), 3, 2);
    for (int i = 0; i < 6; i++) {
      assertThat(read.values()[i]).isCloseTo((plane.values()[i] + 1) / 4, HALF_A_LEVEL);
    }
  }

  @Test
  void maskComesBackAsOnesAndZeros() {
    ByteString png = GreyPng.writeMask(new boolean[] {true, false, false, true, true, false}, 3, 2);
    assertThat(GreyPng.read(png, 3, 2).values()).containsExactly(1, 0, 0, 1, 1, 0);
  }

  @Test
  void picturesOfAnotherSizeAreRefused() {
    ByteString png = GreyPng.writeMask(new boolean[6], 3, 2);
    assertThatThrownBy(() -> GreyPng.read(png, 2, 3))
        .isInstanceOf(MalformedHeatmapException.class)
        .hasMessageContaining("3 x 2");
    assertThatThrownBy(() -> GreyPng.read(ByteString.copyFromUtf8("no picture"), 3, 2))
        .isInstanceOf(MalformedHeatmapException.class);
  }
}
