package dev.sightline.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.heatmap.Photo;
import dev.sightline.v1.Image;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.Region;
import java.awt.Point;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;

class ImageReaderTest {
  private static final InputShape TWO_BY_TWO = new InputShape(3, 2, 2);
  private static final Preprocessing PLAIN_RGB = plain(ChannelOrder.RGB);
  private static final Preprocessing PLAIN_BGR = plain(ChannelOrder.BGR);
  private static final Preprocessing PLAIN_GREY = plain(ChannelOrder.GREY);

  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);

  @Test
  void knownPixelsBecomeKnownValues() {
    byte[] rgb = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
    Image image = Images.raw(2, 2, 0, PixelFormat.PIXEL_FORMAT_RGB, rgb);
    assertThat(values(image, TWO_BY_TWO, PLAIN_RGB))
        .containsExactly(10, 40, 70, 100, 20, 50, 80, 110, 30, 60, 90, 120);
    assertThat(values(image, TWO_BY_TWO, PLAIN_BGR))
        .containsExactly(30, 60, 90, 120, 20, 50, 80, 110, 10, 40, 70, 100);
    Image bgr = Images.raw(2, 2, 0, PixelFormat.PIXEL_FORMAT_BGR, rgb);
    assertThat(values(bgr, TWO_BY_TWO, PLAIN_RGB))
        .containsExactly(values(image, TWO_BY_TWO, PLAIN_BGR));

    float[] mean = {10, 20, 30};
    float[] std = {2, 4, 8};
    Preprocessing scaled = new Preprocessing(ChannelOrder.RGB, mean, std, Resize.STRETCH);
    assertThat(values(image, TWO_BY_TWO, scaled))
        .containsExactly(0, 15, 30, 45, 0, 7.5f, 15, 22.5f, 0, 3.75f, 7.5f, 11.25f);
  }

  @ParameterizedTest
  @ValueSource(strings = {".png", ".bmp", ".jpg", ".webp"})
  void everyFormatGivesItsPixels(String extension) {
    byte[] bgr = Images.smooth(48, 32);
    byte[] file = Images.encode(extension, 48, 32, bgr);
    float[] values = values(Images.encoded(file), new InputShape(3, 32, 48), PLAIN_BGR);
    boolean lossless = extension.equals(".png") || extension.equals(".bmp");
    for (int i = 0; i < 48 * 32; i++) {
      for (int c = 0; c < 3; c++) {
        assertThat(values[c * 48 * 32 + i])
            .isCloseTo(bgr[3 * i + c] & 0xff, within(lossless ? 0f : 12f));
      }
    }
  }

  @Test
  void valuesGoWhereTheyAreWantedAndNowhereElse() {
    FloatBuffer into = FloatBuffer.allocate(12 + 7 + 3).position(2);
    Image image = Images.raw(1, 1, 0, PixelFormat.PIXEL_FORMAT_GREY, new byte[] {9});
    reader.prepare(image, TWO_BY_TWO, PLAIN_RGB, into, 7, false);
    assertThat(into.position()).isEqualTo(2);
    for (int i = 0; i < into.capacity(); i++) {
      assertThat(into.get(i)).isEqualTo(i >= 7 && i < 19 ? 9 : 0);
    }
  }

  @Test
  void rowsMayBeLongerThanTheirPixels() {
    byte[] data = new byte[8 + 6];
    byte[] top = {1, 2, 3, 4, 5, 6};
    byte[] bottom = {7, 8, 9, 10, 11, 12};
    System.arraycopy(top, 0, data, 0, 6);
    data[6] = 99;
    System.arraycopy(bottom, 0, data, 8, 6);
    Image image = Images.raw(2, 2, 8, PixelFormat.PIXEL_FORMAT_RGB, data);
    assertThat(values(image, TWO_BY_TWO, PLAIN_RGB))
        .containsExactly(1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12);
    FloatBuffer into = FloatBuffer.allocate(12);
    Photo photo = reader.prepare(image, TWO_BY_TWO, PLAIN_RGB, into, 0, true).photo();
    assertThat(Objects.requireNonNull(photo).bgr())
        .containsExactly(3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10);
  }

  /** Of a whole picture, and of a crop whose rows do not follow one another in memory. */
  @ParameterizedTest
  @ValueSource(ints = {160, 200})
  void everyPixelOfALargePictureComesToItsPlace(int side) {
    int seen = 160;
    byte[] rgb = new byte[3 * side * side];
    new Random(5).nextBytes(rgb);
    Image image = Images.raw(side, side, 0, PixelFormat.PIXEL_FORMAT_RGB, rgb);
    Preprocessing cropped =
        new Preprocessing(
            ChannelOrder.BGR,
            new float[] {1, 2, 3},
            new float[] {1, 1, 1},
            new Resize.CenterCrop(side));
    float[] values = values(image, new InputShape(3, seen, seen), cropped);
    int border = (side - seen) / 2;
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < seen; y++) {
        for (int x = 0; x < seen; x++) {
          int pixel = rgb[3 * ((y + border) * side + x + border) + 2 - c] & 0xff;
          assertThat(values[(c * seen + y) * seen + x]).isEqualTo(pixel - (1 + c));
        }
      }
    }
  }

  @Test
  void greyImagesServeColourNetworksAndColourImagesGreyOnes() {
    InputShape grey = new InputShape(1, 1, 1);
    Image white = Images.raw(1, 1, 0, PixelFormat.PIXEL_FORMAT_GREY, new byte[] {50});
    assertThat(values(white, grey, PLAIN_GREY)).containsExactly(50);
    assertThat(values(white, new InputShape(3, 1, 1), PLAIN_BGR)).containsExactly(50, 50, 50);
    byte[] colour = {100, 50, 20};
    // ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B.
    Image rgb = Images.raw(1, 1, 0, PixelFormat.PIXEL_FORMAT_RGB, colour);
    assertThat(values(rgb, grey, PLAIN_GREY)).containsExactly(62);
    Image bgr = Images.raw(1, 1, 0, PixelFormat.PIXEL_FORMAT_BGR, colour);
    assertThat(values(bgr, grey, PLAIN_GREY)).containsExactly(47);
    Image file = Images.encoded(Images.encode(".png", 1, 1, new byte[] {77}));
    assertThat(values(file, new InputShape(3, 1, 1), PLAIN_RGB)).containsExactly(77, 77, 77);
  }

  @Test
  void sixteenBitsAndAlphaAreReadAsEightBitColours() {
    Mat deep = new Mat(1, 1, CvType.CV_16UC3, new Scalar(0x1234, 0xab00, 0x00ff));
    assertThat(
            values(Images.encoded(Images.encode(".png", deep)), new InputShape(3, 1, 1), PLAIN_BGR))
        .containsExactly(0x12, 0xab, 0);
    byte[] transparent = Images.encode(".png", 1, 1, new byte[] {1, 2, 3, 0});
    assertThat(values(Images.encoded(transparent), new InputShape(3, 1, 1), PLAIN_BGR))
        .containsExactly(1, 2, 3);
  }

  @Test
  void fourInksAreReadAsColours() throws IOException {
    WritableRaster inks =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, new Point());
    int[] ink = {200, 100, 50, 255};
    for (int i = 0; i < 256; i++) {
      inks.setPixel(i % 16, i / 16, ink);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(inks, null, null), null);
    }
    // Inks are stored inverted, as Adobe's programs do: 255 is no ink at all.
    float[] values = values(Images.encoded(file.toByteArray()), new InputShape(3, 1, 1), PLAIN_RGB);
    assertThat(values[0]).isCloseTo(200, within(4f));
    assertThat(values[1]).isCloseTo(100, within(4f));
    assertThat(values[2]).isCloseTo(50, within(4f));
  }

  @Test
  void anExifOrientationIsNotApplied() {
    byte[] file = Images.encode(".jpg", 40, 20, Images.smooth(40, 20));
    // Big-endian TIFF with one entry: tag 0x0112 (orientation), a short, one of them, 6 (turned).
    byte[] exif =
        HexFormat.of()
            .parseHex(
                "ffe10022457869660000"
                    + "4d4d002a00000008"
                    + "0001"
                    + "011200030000000100060000"
                    + "00000000");
    ByteBuffer turned = ByteBuffer.allocate(file.length + exif.length);
    turned.put(file, 0, 2).put(exif).put(file, 2, file.length - 2);
    Mat applied = Imgcodecs.imdecode(new MatOfByte(turned.array()), Imgcodecs.IMREAD_COLOR);
    assertThat(applied.cols()).as("the width if it were applied").isEqualTo(20);
    FloatBuffer into = FloatBuffer.allocate(12);
    Image image = Images.encoded(turned.array());
    Decoded decoded = reader.prepare(image, TWO_BY_TWO, PLAIN_BGR, into, 0, true);
    assertThat(Objects.requireNonNull(decoded.photo()).width()).isEqualTo(40);
    assertThat(into.array())
        .containsExactly(values(Images.encoded(file), TWO_BY_TWO, PLAIN_BGR), within(2f));
  }

  @ParameterizedTest(name = "{0} x {1}")
  @CsvSource({"9, 7", "16, 12", "20, 33", "31, 23", "8, 100"})
  void resizingByLessThanHalfIsLinearWithHalfPixelCentres(int width, int height) {
    byte[] pixels = Images.noise(width * height, 5);
    Image image = Images.raw(width, height, 0, PixelFormat.PIXEL_FORMAT_GREY, pixels);
    InputShape shape = new InputShape(1, Math.max(12, height * 2 / 3), 16);
    float[] values = values(image, shape, PLAIN_GREY);
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        double row = (y + 0.5) * height / shape.height() - 0.5;
        double column = (x + 0.5) * width / shape.width() - 0.5;
        assertThat((double) values[y * shape.width() + x])
            .isCloseTo(linear(pixels, width, height, row, column), within(1.0));
      }
    }
  }

  @Test
  void pixelsAreAveragedAndNotSkippedWhereAPictureShrinksALot() {
    // Columns of black and white, one pixel wide: skipping would find one or the other.
    int width = 64;
    byte[] stripes = new byte[width * 64];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = (byte) (i % 2 == 0 ? 0 : 255);
    }
    Image image = Images.raw(width, 64, 0, PixelFormat.PIXEL_FORMAT_GREY, stripes);
    float[] values = values(image, new InputShape(1, 7, 7), PLAIN_GREY);
    for (float value : values) {
      assertThat(value).isBetween(127f, 128f);
    }
  }

  @ParameterizedTest(name = "{0} x {1}")
  @CsvSource({"640, 480", "1000, 700", "227, 460", "451, 903", "64, 64"})
  void aJpegShrunkWhileDecodingIsTheSamePicture(int width, int height) {
    byte[] file = Images.encode(".jpg", width, height, Images.smooth(width, height));
    InputShape shape = new InputShape(3, 56, 56);
    FloatBuffer reduced = FloatBuffer.allocate(shape.size());
    FloatBuffer whole = FloatBuffer.allocate(shape.size());
    Image image = Images.encoded(file);
    Decoded without = reader.prepare(image, shape, PLAIN_RGB, reduced, 0, false);
    Decoded with = reader.prepare(image, shape, PLAIN_RGB, whole, 0, true);
    assertThat(without.photo()).isNull();
    assertThat(Objects.requireNonNull(with.photo()).width()).isEqualTo(width);
    assertThat(without.width()).isEqualTo(with.width()).isEqualTo(width);
    assertThat(without.height()).isEqualTo(with.height()).isEqualTo(height);
    assertThat(without.region()).isEqualTo(with.region());
    for (int i = 0; i < shape.size(); i++) {
      assertThat(reduced.get(i)).isCloseTo(whole.get(i), within(3f));
    }
  }

  @Test
  void theReductionIsTheLargestThatLeavesEnoughPixels() {
    Fit fit = new Fit(Resize.STRETCH, 224, 224);
    assertThat(fit.reduction(224, 224)).isEqualTo(1);
    assertThat(fit.reduction(640, 447)).isEqualTo(1);
    assertThat(fit.reduction(640, 448)).isEqualTo(2);
    assertThat(fit.reduction(1920, 1080)).isEqualTo(4);
    assertThat(fit.reduction(7680, 4320)).isEqualTo(8);
    assertThat(fit.reduction(4032, 3024)).isEqualTo(8);
    // 3 of 4001 columns missing from the last of 1001: 0.17 pixels of the input; by eight, 0.39.
    assertThat(fit.reduction(4001, 3008)).isEqualTo(4);
    assertThat(fit.reduction(449, 450)).isEqualTo(1);
    Fit crop = new Fit(Resize.centerCrop(256), 224, 224);
    assertThat(crop.reduction(512, 600)).isEqualTo(2);
    assertThat(crop.reduction(511, 600)).isEqualTo(1);
  }

  @Test
  void aCentreCropTakesTheMiddleAndSaysWhichPart() {
    Preprocessing crop =
        new Preprocessing(ChannelOrder.GREY, new float[1], new float[] {1}, Resize.centerCrop(8));
    byte[] pixels = Images.noise(20 * 8, 1);
    Image image = Images.raw(20, 8, 0, PixelFormat.PIXEL_FORMAT_GREY, pixels);
    FloatBuffer into = FloatBuffer.allocate(16);
    Decoded decoded = reader.prepare(image, new InputShape(1, 4, 4), crop, into, 0, false);
    assertThat(decoded.region()).isEqualTo(region(8, 2, 4, 4));
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        assertThat(into.get(y * 4 + x)).isEqualTo(pixels[(y + 2) * 20 + x + 8] & 0xff);
      }
    }
    assertThat(stretchedRegion(20, 8)).isEqualTo(region(0, 0, 20, 8));
  }

  @Test
  void aCentreCropOfAReducedJpegCoversTheSamePart() {
    Preprocessing crop =
        new Preprocessing(
            ChannelOrder.RGB, new float[3], new float[] {1, 1, 1}, Resize.centerCrop(256));
    byte[] file = Images.encode(".jpg", 1203, 901, Images.smooth(1203, 901));
    InputShape shape = new InputShape(3, 224, 224);
    FloatBuffer reduced = FloatBuffer.allocate(shape.size());
    FloatBuffer whole = FloatBuffer.allocate(shape.size());
    Region a = reader.prepare(Images.encoded(file), shape, crop, reduced, 0, false).region();
    Region b = reader.prepare(Images.encoded(file), shape, crop, whole, 0, true).region();
    assertThat(a.getX()).isCloseTo(b.getX(), within(4f));
    assertThat(a.getWidth()).isCloseTo(901 * 224 / 256f, within(4f));
    assertThat(a.getX() + a.getWidth() / 2).isCloseTo(1203 / 2f, within(4f));
    assertThat(a.getY() + a.getHeight() / 2).isCloseTo(901 / 2f, within(4f));
    for (int i = 0; i < shape.size(); i++) {
      assertThat(reduced.get(i)).isCloseTo(whole.get(i), within(4f));
    }
  }

  @ParameterizedTest(name = "{0} x {1}")
  @CsvSource({"1, 1", "1, 30000", "30000, 1", "2, 3"})
  void picturesOfAnyProportionsAreTaken(int width, int height) {
    byte[] pixels = new byte[width * height];
    java.util.Arrays.fill(pixels, (byte) 40);
    Image image = Images.raw(width, height, 0, PixelFormat.PIXEL_FORMAT_GREY, pixels);
    for (Resize resize : new Resize[] {Resize.STRETCH, Resize.centerCrop(20)}) {
      Preprocessing p = new Preprocessing(ChannelOrder.GREY, new float[1], new float[] {1}, resize);
      assertThat(values(image, new InputShape(1, 16, 16), p)).containsOnly(40);
    }
  }

  @Test
  void aTensorIsTakenAsItIs() {
    float[] values = {1, -2, 3.5f, 1e-30f, 5, 6, 7, 8, 9, 10, 11, -12};
    FloatBuffer into = FloatBuffer.allocate(20);
    Image image = Images.tensor(3, 2, 2, values);
    Decoded decoded = reader.prepare(image, TWO_BY_TWO, PLAIN_BGR, into, 8, true);
    assertThat(decoded).isEqualTo(new Decoded(2, 2, region(0, 0, 2, 2), null, null));
    assertThat(java.util.Arrays.copyOfRange(into.array(), 8, 20)).containsExactly(values);
  }

  @Test
  void manyThreadsPrepareIntoOneBuffer() {
    InputShape shape = new InputShape(3, 24, 24);
    FloatBuffer into = FloatBuffer.allocate(32 * shape.size());
    Image[] images =
        IntStream.range(0, 32)
            .mapToObj(i -> Images.encoded(Images.encode(".png", 60, 50, Images.noise(9000, i))))
            .toArray(Image[]::new);
    IntStream.range(0, 32)
        .parallel()
        .forEach(i -> reader.prepare(images[i], shape, PLAIN_RGB, into, i * shape.size(), false));
    for (int i = 0; i < 32; i++) {
      float[] own =
          java.util.Arrays.copyOfRange(into.array(), i * shape.size(), (i + 1) * shape.size());
      assertThat(own).containsExactly(values(images[i], shape, PLAIN_RGB));
    }
  }

  @Test
  void aPreprocessingThatDoesNotFitTheNetworkIsAProgrammersError() {
    Image image = Images.raw(1, 1, 0, PixelFormat.PIXEL_FORMAT_GREY, new byte[] {1});
    assertThatThrownBy(() -> values(image, TWO_BY_TWO, PLAIN_GREY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("GREY for an input of 3 channels");
    Preprocessing small =
        new Preprocessing(ChannelOrder.GREY, new float[1], new float[] {1}, Resize.centerCrop(1));
    assertThatThrownBy(() -> values(image, new InputShape(1, 2, 2), small))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a crop of 2 x 2 from a short side of 1");
  }

  private Region stretchedRegion(int width, int height) {
    Image image =
        Images.raw(width, height, 0, PixelFormat.PIXEL_FORMAT_GREY, new byte[width * height]);
    FloatBuffer into = FloatBuffer.allocate(12);
    return reader.prepare(image, TWO_BY_TWO, PLAIN_RGB, into, 0, false).region();
  }

  private float[] values(Image image, InputShape shape, Preprocessing preprocessing) {
    FloatBuffer into = FloatBuffer.allocate(shape.size());
    reader.prepare(image, shape, preprocessing, into, 0, false);
    return into.array();
  }

  private static double linear(byte[] pixels, int width, int height, double row, double column) {
    double sum = 0;
    double y = Math.max(0, Math.min(height - 1, row));
    double x = Math.max(0, Math.min(width - 1, column));
    for (int i = (int) y; i <= Math.min(height - 1, (int) y + 1); i++) {
      for (int j = (int) x; j <= Math.min(width - 1, (int) x + 1); j++) {
        sum += (1 - Math.abs(y - i)) * (1 - Math.abs(x - j)) * (pixels[i * width + j] & 0xff);
      }
    }
    return sum;
  }

  private static Region region(float x, float y, float width, float height) {
    return Region.newBuilder().setX(x).setY(y).setWidth(width).setHeight(height).build();
  }

  private static Preprocessing plain(ChannelOrder order) {
    float[] ones = new float[order.channels()];
    java.util.Arrays.fill(ones, 1);
    return new Preprocessing(order, new float[order.channels()], ones, Resize.STRETCH);
  }
}
