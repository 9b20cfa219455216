package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.v1.Encoding;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.HeatmapFlag;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Upsampling;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeatmapRoundTripTest {
  private static final Kernel BILINEAR =
      Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build();
  private static final Kernel GAUSSIAN = ExpansionTest.gaussian(33, 31, 224, 224);

  static Stream<Arguments> planes() {
    record Range(float min, float max) {}
    List<Range> ranges =
        List.of(
            new Range(-1, 1), new Range(0.9f, 1), new Range(0, 3e-9f), new Range(-2e30f, 1e30f));
    record Precision(Encoding encoding, double ofRange) {}
    List<Precision> precisions =
        List.of(
            new Precision(Encoding.ENCODING_GRID_FLOAT32, 1e-6),
            new Precision(Encoding.ENCODING_GRID_FLOAT16, 1e-3),
            new Precision(Encoding.ENCODING_FLOAT32_ZSTD, 1e-6),
            new Precision(Encoding.ENCODING_GREY_PNG, 0.5001 / 255),
            new Precision(Encoding.ENCODING_GREY_ZSTD, 0.5001 / 255));
    return precisions.stream()
        .flatMap(
            p ->
                ranges.stream()
                    .flatMap(
                        r ->
                            Stream.of(BILINEAR, GAUSSIAN)
                                .map(k -> Arguments.of(p.encoding, p.ofRange, r.min, r.max, k))));
  }

  @ParameterizedTest(name = "{0} within {1} of [{2}, {3}]")
  @MethodSource("planes")
  void theReceiversPlaneIsTheWriters(
      Encoding encoding, double ofRange, float min, float max, Kernel kernel) {
    Grid grid = ExpansionTest.random(7, 9, min, max, 4);
    Plane own = Expansion.expand(grid, kernel, 160, 120);
    double range = (double) own.max() - own.min();

    Heatmap raw = write(grid, kernel, encoding, Scaling.SCALING_RAW);
    assertClose(HeatmapReader.plane(raw), own, ofRange * range);
    Heatmap scaled = write(grid, kernel, encoding, Scaling.SCALING_NORMALISED);
    // Both ends of a float16 grid's range may move, and with them everything between.
    assertClose(HeatmapReader.plane(scaled), own.normalised(), 2 * ofRange);

    boolean isGrid = encoding.name().startsWith("ENCODING_GRID");
    assertThat(raw.getValueRange().getMin()).isEqualTo(isGrid ? grid.min() : own.min());
    assertThat(raw.getValueRange().getMax()).isEqualTo(isGrid ? grid.max() : own.max());
    assertThat(scaled.getValueRange()).isEqualTo(raw.getValueRange());
    assertThat(raw.getFlagsList()).isEmpty();
  }

  @Test
  void aGridInFloat32ExpandsToTheVerySameBits() {
    Grid grid = ExpansionTest.random(14, 14, -5, 7, 8);
    Heatmap heatmap =
        write(grid, GAUSSIAN, Encoding.ENCODING_GRID_FLOAT32, Scaling.SCALING_NORMALISED);
    assertThat(HeatmapReader.grid(heatmap).values()).containsExactly(grid.values());
    assertThat(HeatmapReader.plane(heatmap, 77, 33).values())
        .containsExactly(Expansion.expand(grid, GAUSSIAN, 77, 33).normalised().values());
  }

  @Test
  void aSevenBySevenGridTakes98BytesInFloat16() {
    Grid grid = ExpansionTest.random(7, 7, -1, 1, 8);
    Heatmap heatmap =
        write(grid, BILINEAR, Encoding.ENCODING_UNSPECIFIED, Scaling.SCALING_UNSPECIFIED);
    assertThat(heatmap.getEncoding()).isEqualTo(Encoding.ENCODING_GRID_FLOAT16);
    assertThat(heatmap.getScaling()).isEqualTo(Scaling.SCALING_NORMALISED);
    assertThat(heatmap.getData().size()).isEqualTo(98);
    assertThat(List.of(heatmap.getGridHeight(), heatmap.getGridWidth())).containsExactly(7, 7);
    assertThat(List.of(heatmap.getHeight(), heatmap.getWidth())).containsExactly(120, 160);
  }

  @Test
  void bytesAreInTheOrderThatTheProtocolSays() {
    Grid grid = new Grid(1, 2, new float[] {1, 2});
    assertThat(
            write(grid, BILINEAR, Encoding.ENCODING_GRID_FLOAT32, Scaling.SCALING_RAW)
                .getData()
                .toByteArray())
        .containsExactly(0, 0, 0x80, 0x3f, 0, 0, 0, 0x40);
    assertThat(
            write(grid, BILINEAR, Encoding.ENCODING_GRID_FLOAT16, Scaling.SCALING_RAW)
                .getData()
                .toByteArray())
        .containsExactly(0, 0, 0, 0x3c);
    byte[] deltas =
        com.github.luben.zstd.Zstd.decompress(PlaneCodec.greyZstd(new byte[] {5, 3, 9, 9}, 2), 4);
    assertThat(deltas).containsExactly(5, -2, 4, 0);
  }

  @ParameterizedTest
  @MethodSource("allButOverlays")
  void zeroConstantAndNonFiniteMapsAreFlagged(Encoding encoding) {
    Heatmap zero = write(filled(0), BILINEAR, encoding, Scaling.SCALING_NORMALISED);
    assertThat(zero.getFlagsList()).containsExactly(HeatmapFlag.HEATMAP_FLAG_ZERO);
    assertThat(HeatmapReader.plane(zero).values()).containsOnly(0f);

    Heatmap constant = write(filled(3), BILINEAR, encoding, Scaling.SCALING_NORMALISED);
    assertThat(constant.getFlagsList()).containsExactly(HeatmapFlag.HEATMAP_FLAG_CONSTANT);
    assertThat(HeatmapReader.plane(constant).values()).containsOnly(0f);
    Heatmap raw = write(filled(3), BILINEAR, encoding, Scaling.SCALING_RAW);
    assertThat(HeatmapReader.plane(raw).values()).containsOnly(3f);

    Grid broken = new Grid(2, 2, new float[] {1, Float.NaN, Float.POSITIVE_INFINITY, 2});
    Heatmap mended = write(broken, BILINEAR, encoding, Scaling.SCALING_RAW);
    assertThat(mended.getFlagsList()).containsExactly(HeatmapFlag.HEATMAP_FLAG_NON_FINITE);
    assertThat(mended.getValueRange().getMin()).isEqualTo(0);
    assertThat(HeatmapReader.plane(mended).max()).isEqualTo(2);
    Grid nothing = new Grid(1, 1, new float[] {Float.NaN});
    assertThat(write(nothing, BILINEAR, encoding, Scaling.SCALING_RAW).getFlagsList())
        .containsExactly(HeatmapFlag.HEATMAP_FLAG_ZERO, HeatmapFlag.HEATMAP_FLAG_NON_FINITE);
  }

  @ParameterizedTest
  @MethodSource("allButOverlays")
  void sumsBeyondFloat32StayFinite(Encoding encoding) {
    Grid huge = filled(Float.MAX_VALUE);
    Heatmap heatmap =
        write(
            huge, ExpansionTest.gaussian(500, 500, 224, 224), encoding, Scaling.SCALING_NORMALISED);
    assertThat(Values.allFinite(HeatmapReader.plane(heatmap).values())).isTrue();
  }

  @ParameterizedTest
  @MethodSource("allButOverlays")
  void aPlaneCanBeReadInAnotherSize(Encoding encoding) {
    Grid grid = ExpansionTest.random(7, 7, -1, 1, 12);
    Heatmap heatmap = write(grid, BILINEAR, encoding, Scaling.SCALING_NORMALISED);
    Plane plane = HeatmapReader.plane(heatmap, 320, 240);
    assertThat(plane.min()).isEqualTo(0);
    assertThat(plane.max()).isEqualTo(1);
    Plane exact = Expansion.expand(grid, BILINEAR, 320, 240).normalised();
    assertClose(plane, exact, 0.02);
  }

  @Test
  void theGreyPngIsAnOrdinaryGreyPng() {
    Grid grid = ExpansionTest.random(7, 7, -1, 1, 2);
    Heatmap heatmap = write(grid, BILINEAR, Encoding.ENCODING_GREY_PNG, Scaling.SCALING_RAW);
    Photo photo = PhotoCodec.read(heatmap.getData().toByteArray());
    Plane plane = Expansion.expand(grid, BILINEAR, 160, 120).normalised();
    for (int i = 0; i < plane.values().length; i++) {
      double level = plane.values()[i] * 255.0;
      assertThat((double) (photo.bgr()[3 * i] & 0xff)).isCloseTo(level, within(0.5001));
    }
  }

  @Test
  void anOverlayNeedsAPhotograph() {
    assertThatThrownBy(
            () -> write(filled(1), BILINEAR, Encoding.ENCODING_OVERLAY_PNG, Scaling.SCALING_RAW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("photograph");
  }

  static Stream<Encoding> allButOverlays() {
    return Stream.of(
        Encoding.ENCODING_GRID_FLOAT32,
        Encoding.ENCODING_GRID_FLOAT16,
        Encoding.ENCODING_GREY_PNG,
        Encoding.ENCODING_GREY_ZSTD,
        Encoding.ENCODING_FLOAT32_ZSTD);
  }

  static Heatmap write(Grid grid, Kernel kernel, Encoding encoding, Scaling scaling) {
    Heatmap.Builder heatmap = Heatmap.newBuilder().setKernel(kernel);
    HeatmapWriter.write(grid, 160, 120, encoding, scaling, null, null, heatmap);
    return heatmap.build();
  }

  private static Grid filled(float value) {
    return new Grid(2, 2, new float[] {value, value, value, value});
  }

  private static void assertClose(Plane plane, Plane expected, double tolerance) {
    assertThat(plane.values()).hasSameSizeAs(expected.values());
    double worst = 0;
    for (int i = 0; i < plane.values().length; i++) {
      worst = Math.max(worst, Math.abs((double) plane.values()[i] - expected.values()[i]));
    }
    assertThat(worst).isLessThanOrEqualTo(tolerance);
  }
}
