package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.Upsampling;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a server calls a heatmap: numbers in their range, or malformed. */
class HeatmapFuzzTest {
  private static final int SIDE = 256;

  static Stream<Heatmap> heatmaps() {
    return Stream.of(Encoding.values())
        .filter(
            encoding ->
                encoding != Encoding.UNRECOGNIZED && encoding != Encoding.ENCODING_UNSPECIFIED)
        .map(HeatmapFuzzTest::written);
  }

  @MethodSource("heatmaps")
  @FuzzTest
  void aHeatmapIsReadOrMalformed(@NotNull Heatmap heatmap) {
    // Larger ones are read too, but too slowly to try many.
    if (large(heatmap.getWidth()) || large(heatmap.getHeight())) {
      return;
    }
    readOrMalformed(() -> assertFinite(HeatmapReader.grid(heatmap).values()));
    readOrMalformed(
        () -> {
          Plane plane = HeatmapReader.plane(heatmap);
          assertThat(plane.width()).isEqualTo(heatmap.getWidth());
          assertThat(plane.height()).isEqualTo(heatmap.getHeight());
          assertFinite(plane.values());
        });
    readOrMalformed(() -> assertFinite(HeatmapReader.plane(heatmap, 9, 5).normalised().values()));
    readOrMalformed(() -> assertThat(HeatmapReader.overlay(heatmap).width()).isPositive());
    readOrMalformed(
        () -> assertFinite(GreyPng.read(heatmap.getRefinement().getMask(), 8, 6).values()));
  }

  private static boolean large(int side) {
    return Integer.compareUnsigned(side, SIDE) > 0 && side > 0 && side <= Plane.MAX_SIDE;
  }

  private static void assertFinite(float[] values) {
    assertThat(Values.allFinite(values)).isTrue();
  }

  private static void readOrMalformed(Runnable reading) {
    try {
      reading.run();
    } catch (MalformedHeatmapException e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
    }
  }

  private static Heatmap written(Encoding encoding) {
    boolean gaussian = encoding == Encoding.ENCODING_GRID_FLOAT32;
    Heatmap.Builder heatmap =
        Heatmap.newBuilder()
            .setKernel(
                Kernel.newBuilder()
                    .setUpsampling(
                        gaussian ? Upsampling.UPSAMPLING_GAUSSIAN : Upsampling.UPSAMPLING_BILINEAR)
                    .setSigma(Sigma.newBuilder().setX(2).setY(3))
                    .setInputWidth(8)
                    .setInputHeight(6));
    heatmap.getRefinementBuilder().setMask(GreyPng.writeMask(new boolean[48], 8, 6));
    HeatmapWriter.write(
        new Grid(2, 3, new float[] {-1, 0, 0.5f, 2, 4, 1}),
        8,
        6,
        encoding,
        gaussian ? Scaling.SCALING_RAW : Scaling.SCALING_NORMALISED,
        new Photo(8, 6, new byte[3 * 48]),
        null,
        heatmap);
    return heatmap.build();
  }
}
