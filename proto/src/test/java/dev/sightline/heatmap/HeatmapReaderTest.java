package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.ByteString;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.Upsampling;
import dev.sightline.v1.ValueRange;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

class HeatmapReaderTest {
  private static final Kernel BILINEAR =
      Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build();

  @ParameterizedTest
  @MethodSource("dev.sightline.heatmap.HeatmapRoundTripTest#allButOverlays")
  void dataOfAnotherLengthIsMalformed(Encoding encoding) {
    ByteString data = sample(encoding).getData();
    for (int length = 0; length < data.size(); length += 1 + data.size() / 200) {
      int cut = length;
      assertMalformed(encoding, h -> h.setData(data.substring(0, cut)));
    }
    for (int side : new int[] {0, -1, 1, 8193, Integer.MAX_VALUE}) {
      assertMalformed(encoding, h -> h.setGridWidth(side).setWidth(side));
      assertMalformed(encoding, h -> h.setGridHeight(side).setHeight(side));
    }
    assertMalformed(encoding, h -> h.setGridWidth(8192).setWidth(8192));
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      mode = Mode.EXCLUDE,
      names = {"UNRECOGNIZED", "ENCODING_UNSPECIFIED"})
  void randomBytesNeverDoWorseThanBeingMalformed(Encoding encoding) {
    Random random = new Random(7);
    Heatmap sample = sample(encoding);
    for (int n = 0; n < 200; n++) {
      byte[] data = sample.getData().toByteArray();
      for (int flips = 0; flips <= n % 4; flips++) {
        data[random.nextInt(data.length)] = (byte) random.nextInt();
      }
      Heatmap damaged = sample.toBuilder().setData(ByteString.copyFrom(data)).build();
      try {
        if (encoding.name().contains("OVERLAY")) {
          assertThat(HeatmapReader.overlay(damaged).width()).isEqualTo(160);
        } else {
          assertThat(Values.allFinite(HeatmapReader.plane(damaged).values())).isTrue();
        }
      } catch (MalformedHeatmapException e) {
        assertThat(e).hasMessageMatching("(?s).{10,}");
      }
    }
  }

  @Test
  void numbersOutOfTheirRangeAreMalformed() {
    Encoding float32 = Encoding.ENCODING_GRID_FLOAT32;
    assertMalformed(float32, h -> h.setData(bytes(4 * 49, 0xff)));
    assertMalformed(float32, h -> h.setValueRange(range(Float.NaN, 1)));
    assertMalformed(float32, h -> h.setValueRange(range(2, 1)));
    Encoding float16 = Encoding.ENCODING_GRID_FLOAT16;
    assertMalformed(float16, h -> h.setData(bytes(2 * 49, 0x7e)));
    assertMalformed(float16, h -> h.setData(bytes(2 * 49, 0x40)));
    assertMalformed(float16, h -> h.setData(bytes(2 * 49, 0xb0)));
    assertMalformed(float16, h -> h.setValueRange(range(0, Float.POSITIVE_INFINITY)));
    byte[] nan = bytes(4 * 160 * 120, 0xff).toByteArray();
    assertMalformed(
        Encoding.ENCODING_FLOAT32_ZSTD, h -> h.setData(ByteString.copyFrom(Zstd.compress(nan))));
  }

  @Test
  void aKernelThatCannotBeIsMalformed() {
    Encoding grid = Encoding.ENCODING_GRID_FLOAT32;
    assertMalformed(grid, h -> h.clearKernel());
    Kernel gaussian = ExpansionTest.gaussian(3, 3, 224, 224);
    assertMalformed(grid, h -> h.setKernel(gaussian.toBuilder().clearSigma()));
    assertMalformed(grid, h -> h.setKernel(gaussian.toBuilder().setInputHeight(0)));
    assertMalformed(
        grid,
        h ->
            h.setKernel(gaussian.toBuilder().setSigma(Sigma.newBuilder().setX(Float.NaN).setY(1))));
    assertMalformed(
        grid,
        h -> h.setKernel(gaussian).setGridWidth(4900).setGridHeight(1).setData(bytes(19600, 0)));
  }

  @Test
  void aZstdFrameOfMoreThanThePlaneIsMalformedHoweverMuchItHolds() {
    ByteString bomb = ByteString.copyFrom(Zstd.compress(new byte[64 << 20]));
    assertThat(bomb.size()).isLessThan(10_000);
    assertMalformed(Encoding.ENCODING_FLOAT32_ZSTD, h -> h.setData(bomb));
    assertMalformed(Encoding.ENCODING_GREY_ZSTD, h -> h.setData(bomb));
  }

  @Test
  void aPictureOfAnotherKindOrSizeIsMalformed() {
    byte[] colour = PhotoCodec.write(new Photo(160, 120, new byte[57600]), PhotoFormat.PNG);
    assertMalformed(Encoding.ENCODING_GREY_PNG, h -> h.setData(ByteString.copyFrom(colour)));
    byte[] small = PlaneCodec.greyPng(new byte[6], 3, 2);
    assertMalformed(Encoding.ENCODING_GREY_PNG, h -> h.setData(ByteString.copyFrom(small)));
    assertThatThrownBy(
            () ->
                HeatmapReader.overlay(
                    sample(Encoding.ENCODING_OVERLAY_JPEG).toBuilder()
                        .setData(ByteString.copyFrom(colour))
                        .build()))
        .isInstanceOf(MalformedHeatmapException.class)
        .hasMessage("a PNG file of 160 x 120 pixels in place of a JPEG file of 160 x 120");
  }

  @Test
  void anEncodingThatDoesNotCarryWhatIsAskedForSaysSo() {
    assertThatThrownBy(() -> HeatmapReader.grid(sample(Encoding.ENCODING_GREY_PNG)))
        .isInstanceOf(MalformedHeatmapException.class)
        .hasMessageContaining("does not carry the grid");
    assertThatThrownBy(() -> HeatmapReader.plane(sample(Encoding.ENCODING_OVERLAY_PNG)))
        .isInstanceOf(MalformedHeatmapException.class)
        .hasMessageContaining("does not carry the plane");
    assertThatThrownBy(() -> HeatmapReader.overlay(sample(Encoding.ENCODING_GREY_PNG)))
        .isInstanceOf(MalformedHeatmapException.class)
        .hasMessageContaining("is not an overlay");
    assertThatThrownBy(() -> HeatmapReader.plane(Heatmap.getDefaultInstance(), 5, 5))
        .isInstanceOf(MalformedHeatmapException.class);
  }

  private static Heatmap sample(Encoding encoding) {
    Heatmap.Builder heatmap = Heatmap.newBuilder().setKernel(BILINEAR);
    Photo photo = new Photo(160, 120, new byte[160 * 120 * 3]);
    Grid grid = ExpansionTest.random(7, 7, -1, 1, 3);
    HeatmapWriter.write(grid, 160, 120, encoding, Scaling.SCALING_RAW, photo, null, heatmap);
    return heatmap.build();
  }

  private static void assertMalformed(Encoding encoding, Consumer<Heatmap.Builder> damage) {
    Heatmap.Builder heatmap = sample(encoding).toBuilder();
    damage.accept(heatmap);
    assertThatThrownBy(() -> HeatmapReader.plane(heatmap.build()))
        .isInstanceOf(MalformedHeatmapException.class);
  }

  private static ValueRange range(float min, float max) {
    return ValueRange.newBuilder().setMin(min).setMax(max).build();
  }

  private static ByteString bytes(int count, int value) {
    byte[] bytes = new byte[count];
    java.util.Arrays.fill(bytes, (byte) value);
    return ByteString.copyFrom(bytes);
  }
}
