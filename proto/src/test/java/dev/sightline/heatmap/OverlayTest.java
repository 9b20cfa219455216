package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.Encoding;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Region;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Upsampling;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OverlayTest {
  private static final Photo GREY = filled(20, 10, 100);

  @Test
  void pixelsOutsideTheRegionStayAsTheyAre() {
    Region region = Region.newBuilder().setX(5).setY(2).setWidth(10).setHeight(6).build();
    Photo drawn =
        Overlay.draw(GREY, new Plane(1, 1, new float[] {1}), region, OverlayStyle.COLOURS);
    for (int y = 0; y < 10; y++) {
      for (int x = 0; x < 20; x++) {
        boolean inside = x >= 5 && x < 15 && y >= 2 && y < 8;
        assertThat(isGrey(drawn, x, y)).as("%d, %d", x, y).isEqualTo(!inside);
      }
    }
    assertThat(isGrey(GREY, 7, 4)).as("the photograph given").isTrue();
  }

  @Test
  void whereTheMapIsZeroThePhotographShowsAndWhereItIsOneItIsRed() {
    Photo drawn =
        Overlay.draw(
            GREY, new Plane(1, 2, new float[] {0, 1}).resized(20, 10), null, OverlayStyle.COLOURS);
    assertThat(isGrey(drawn, 0, 5)).isTrue();
    int end = 3 * (5 * 20 + 19);
    int blue = drawn.bgr()[end] & 0xff;
    int red = drawn.bgr()[end + 2] & 0xff;
    assertThat(red).isGreaterThan(blue + 80);
  }

  @Test
  void lightsStandOutOnADarkenedPhotographAlsoWhereOnePixelOutshinesAll() {
    float[] values = new float[200];
    Arrays.fill(values, 0, 100, 0.01f);
    values[150] = 1;
    Photo drawn = Overlay.draw(GREY, new Plane(10, 20, values), null, OverlayStyle.LIGHTS);
    assertThat(red(drawn, 0)).as("one of the many weak ones").isGreaterThan(240);
    assertThat(red(drawn, 150)).as("the strongest").isEqualTo(255);
    assertThat(red(drawn, 199)).as("the photograph").isEqualTo(30);
  }

  @Test
  void lightsAreInProportionBelowTheirBrightestHundredth() {
    float[] values = new float[200];
    for (int i = 0; i < 200; i++) {
      values[i] = i / 199f;
    }
    Photo drawn = Overlay.draw(GREY, new Plane(10, 20, values), null, OverlayStyle.LIGHTS);
    for (int i = 0; i < 200; i++) {
      double share = Math.min(1, i / 198.0);
      assertThat((double) red(drawn, i)).isCloseTo(30 + share * 225, Offset.offset(1.5));
    }
  }

  @Test
  void boxIsOutlinedLightWithinDarkAndLeavesItsInsideAlone() {
    Photo photo = filled(60, 40, 100);
    Region box = Region.newBuilder().setX(10).setY(8).setWidth(30).setHeight(20).build();
    Photo drawn = Overlay.outline(photo, box);
    assertThat(red(drawn, 8 * 60 + 25)).as("on the upper edge").isEqualTo(255);
    assertThat(red(drawn, 27 * 60 + 25)).as("on the lower edge").isEqualTo(255);
    assertThat(red(drawn, 7 * 60 + 25)).as("just above it").isEqualTo(30);
    assertThat(red(drawn, 18 * 60 + 25)).as("within").isEqualTo(100);
    assertThat(red(drawn, 2 * 60 + 2)).as("without").isEqualTo(100);
    assertThat(red(photo, 8 * 60 + 25)).as("the photograph given").isEqualTo(100);
  }

  @Test
  void writtenOverlaysShowTheBoxInTheirOwnSize() {
    Region box = Region.newBuilder().setX(10).setY(8).setWidth(30).setHeight(20).build();
    Heatmap.Builder heatmap =
        Heatmap.newBuilder()
            .setMethod(Method.METHOD_GRAD_CAM)
            .setKernel(
                Kernel.newBuilder()
                    .setUpsampling(Upsampling.UPSAMPLING_BILINEAR)
                    .setInputWidth(8)
                    .setInputHeight(8))
            .setRegion(dev.sightline.v1.MapRegion.newBuilder().setBox(box));
    HeatmapWriter.write(
        new Grid(1, 1, new float[] {0}),
        120,
        80,
        Encoding.ENCODING_OVERLAY_PNG,
        Scaling.SCALING_NORMALISED,
        filled(60, 40, 100),
        null,
        heatmap);
    Photo drawn = PhotoCodec.read(heatmap.getData().toByteArray());
    assertThat(red(drawn, 16 * 120 + 50)).as("on the upper edge").isEqualTo(255);
    assertThat(red(drawn, 36 * 120 + 50)).as("within").isEqualTo(100);
  }

  @Test
  void lightsOfAMapOfZerosAreTheDarkenedPhotograph() {
    Photo drawn = Overlay.draw(GREY, new Plane(1, 1, new float[1]), null, OverlayStyle.LIGHTS);
    assertThat(drawn.bgr()).containsOnly((byte) 30);
  }

  @Test
  void mapsAtPixelLevelWhosePixelsAreSinglePointsAreLights() {
    for (Method method : Method.values()) {
      boolean points = method.name().matches("METHOD_(GRADIENT|SMOOTH_GRAD|DECONVNET|GUIDED_.*)");
      assertThat(OverlayStyle.of(method) == OverlayStyle.LIGHTS).as("%s", method).isEqualTo(points);
    }
  }

  @Test
  void theWriterDrawsInTheStyleOfTheMethod() {
    Heatmap.Builder heatmap =
        Heatmap.newBuilder()
            .setMethod(Method.METHOD_SMOOTH_GRAD)
            .setKernel(Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR));
    HeatmapWriter.write(
        new Grid(1, 2, new float[] {1, 3}),
        20,
        10,
        Encoding.ENCODING_OVERLAY_PNG,
        Scaling.SCALING_RAW,
        GREY,
        null,
        heatmap);
    Photo drawn = HeatmapReader.overlay(heatmap.build());
    assertThat(red(drawn, 0)).isEqualTo(30);
    assertThat(red(drawn, 19)).isEqualTo(255);
  }

  @Test
  void coloursGoFromBlueOverGreenToRed() {
    assertThat(ColorMap.rgb(0)).isEqualTo(0x0000ff);
    assertThat(ColorMap.rgb(0.5f)).isEqualTo(ColorMap.rgb(128 / 255f));
    assertThat(ColorMap.rgb(0.5f) >> 8 & 0xff).isEqualTo(255);
    assertThat(ColorMap.rgb(1)).isEqualTo(0xff0000);
    assertThat(ColorMap.rgb(7)).isEqualTo(ColorMap.rgb(1));
    assertThat(ColorMap.rgb(-1)).isEqualTo(ColorMap.rgb(0));
  }

  @Test
  void theWriterDrawsIntoTheRegionScaledToTheOutput() {
    Region right = Region.newBuilder().setX(10).setWidth(10).setHeight(10).build();
    Heatmap.Builder heatmap =
        Heatmap.newBuilder()
            .setKernel(Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR));
    Grid grid = new Grid(1, 2, new float[] {1, 3});
    HeatmapWriter.write(
        grid, 40, 30, Encoding.ENCODING_OVERLAY_PNG, Scaling.SCALING_RAW, GREY, right, heatmap);
    Photo drawn = HeatmapReader.overlay(heatmap.build());
    assertThat(drawn.width()).isEqualTo(40);
    assertThat(drawn.height()).isEqualTo(30);
    assertThat(isGrey(drawn, 19, 15)).isTrue();
    assertThat(isGrey(drawn, 20, 15)).as("the smallest value").isTrue();
    assertThat(isGrey(drawn, 39, 15)).as("the largest value").isFalse();
    assertThat(heatmap.getValueRange().getMax()).isEqualTo(3);
  }

  @Test
  void aRegionIsClippedToThePhotograph() {
    Region outside = Region.newBuilder().setX(-5).setY(900).setWidth(1e9f).setHeight(3).build();
    assertThat(PixelRegion.of(outside, GREY, GREY)).isEqualTo(new PixelRegion(0, 9, 20, 1));
    Region nowhere = Region.newBuilder().setX(Float.NaN).setWidth(Float.NaN).build();
    assertThat(PixelRegion.of(nowhere, GREY, GREY)).isEqualTo(new PixelRegion(0, 0, 1, 1));
  }

  private static int red(Photo photo, int pixel) {
    return photo.bgr()[3 * pixel + 2] & 0xff;
  }

  private static boolean isGrey(Photo photo, int x, int y) {
    int at = 3 * (y * photo.width() + x);
    return photo.bgr()[at] == 100 && photo.bgr()[at + 1] == 100 && photo.bgr()[at + 2] == 100;
  }

  private static Photo filled(int width, int height, int value) {
    byte[] bgr = new byte[3 * width * height];
    Arrays.fill(bgr, (byte) value);
    return new Photo(width, height, bgr);
  }
}
