package dev.sightline.server.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sightline.v1.Image;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageRefusalTest {
  private static final InputShape SHAPE = new InputShape(3, 4, 5);
  private static final Preprocessing RGB =
      new Preprocessing(
          ChannelOrder.RGB, new float[3], new float[] {255, 255, 255}, Resize.STRETCH);
  private static final int GREY = PixelFormat.PIXEL_FORMAT_GREY_VALUE;

  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);

  @Test
  void noImageIsEmpty() {
    assertRefused(
        Image.getDefaultInstance(),
        Reason.REASON_IMAGE_EMPTY,
        "the image holds nothing; give it encoded, raw or tensor");
    assertRefused(
        Images.encoded(new byte[0]), Reason.REASON_IMAGE_EMPTY, "the encoded image has no bytes");
    assertRefused(raw(2, 2, 0, GREY, 0), Reason.REASON_IMAGE_EMPTY, "the raw image has no bytes");
    assertRefused(
        raw(0, 2, 0, GREY, 4), Reason.REASON_IMAGE_EMPTY, "the raw image has 0 x 2 pixels");
    assertRefused(Images.tensor(3, 4, 5), Reason.REASON_IMAGE_EMPTY, "the tensor has no bytes");
    byte[] png = Images.encode(".png", 4, 4, Images.smooth(4, 4));
    ByteBuffer.wrap(png).putInt(16, 0);
    assertRefused(Images.encoded(png), Reason.REASON_IMAGE_EMPTY, "the PNG file has 0 x 4 pixels");
  }

  @Test
  void whatIsNoImageFileIsUnreadable() {
    assertRefused(
        Images.encoded(new byte[] {'G', 'I', 'F', '8', '9', 'a'}),
        Reason.REASON_IMAGE_UNREADABLE,
        "the image cannot be read: the first bytes (47 49 46 38) are not those of a JPEG, PNG, WebP"
            + " or BMP file");
    for (int length = 1; length < 300; length++) {
      Image image = Images.encoded(Images.noise(length, length));
      assertThat(refusal(image).reason()).isEqualTo(Reason.REASON_IMAGE_UNREADABLE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".png", ".bmp", ".jpg", ".webp"})
  void aFileCutOffAnywhereIsUnreadable(String extension) {
    byte[] file = Images.encode(extension, 60, 40, Images.noise(7200, 1));
    for (int length = 1; length < file.length; length += 1 + length / 40) {
      ImageException refusal = refusal(Images.encoded(Arrays.copyOf(file, length)));
      assertThat(refusal.reason()).isEqualTo(Reason.REASON_IMAGE_UNREADABLE);
    }
    ImageException refusal = refusal(Images.encoded(Arrays.copyOf(file, file.length - 1)));
    assertThat(refusal).hasMessageContaining("cut off").hasMessageContaining("bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {".png", ".bmp", ".jpg", ".webp"})
  void aDamagedFileIsReadOrUnreadableButNeverMore(String extension) {
    byte[] file = Images.encode(extension, 32, 24, Images.smooth(32, 24));
    Random random = new Random(11);
    for (int n = 0; n < 200; n++) {
      byte[] damaged = file.clone();
      damaged[random.nextInt(n % 2 == 0 ? Math.min(64, file.length) : file.length)] ^=
          (byte) (1 << random.nextInt(8));
      try {
        prepare(Images.encoded(damaged));
      } catch (ImageException e) {
        assertThat(e.reason())
            .isIn(
                Reason.REASON_IMAGE_UNREADABLE,
                Reason.REASON_IMAGE_TOO_LARGE,
                Reason.REASON_IMAGE_EMPTY);
      }
    }
  }

  @Test
  void dimensionsBeyondTheLimitAreRefusedByTheHeaderAlone() {
    byte[] png = Images.encode(".png", 4, 4, Images.smooth(4, 4));
    ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
    assertTooLarge(png, "PNG");
    byte[] bmp = Images.encode(".bmp", 4, 4, Images.smooth(4, 4));
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 60_000).putInt(22, -60_000);
    assertTooLarge(bmp, "BMP");
    byte[] jpeg = Images.encode(".jpg", 4, 4, Images.smooth(4, 4));
    int frame = 0;
    while (jpeg[frame] != (byte) 0xff || jpeg[frame + 1] != (byte) 0xc0) {
      frame++;
    }
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 60_000).putShort(frame + 7, (short) 60_000);
    assertTooLarge(jpeg, "JPEG");
    byte[] webp = Images.encode(".webp", 4, 4, Images.smooth(4, 4));
    int lossless = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN).getInt(21);
    ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN).putInt(21, lossless | 0xfffffff);
    assertRefused(
        Images.encoded(webp),
        Reason.REASON_IMAGE_TOO_LARGE,
        "the WEBP file has 16384 x 16384 pixels; at most 33177600 are taken");
  }

  /** Each scan is ten bytes, for which a decoder would go over all of the picture. */
  @Test
  void aJpegOfMoreScansThanAnyoneWritesIsRefusedBeforeItIsDecoded() {
    prepare(Images.encoded(HandmadeJpeg.ofManyScans(64, 48, 99)));
    assertRefused(
        Images.encoded(HandmadeJpeg.ofManyScans(64, 48, 100)),
        Reason.REASON_IMAGE_UNREADABLE,
        "the image cannot be read: the JPEG file has more than 100 scans");
  }

  @Test
  void theLimitsThemselvesAreAllowed() {
    byte[] png = Images.encode(".png", 40, 30, Images.smooth(40, 30));
    prepareWith(new ImageLimits(1200, png.length), Images.encoded(png));
    assertThatThrownBy(() -> prepareWith(new ImageLimits(1199, png.length), Images.encoded(png)))
        .hasMessage("the PNG file has 40 x 30 pixels; at most 1199 are taken");
    assertThatThrownBy(
            () -> prepareWith(new ImageLimits(1200, png.length - 1), Images.encoded(png)))
        .hasMessage(
            "the encoded image has %d bytes; at most %d are taken"
                .formatted(png.length, png.length - 1));
  }

  @Test
  void aRawImageWhosePartsDoNotFitTogetherIsRefused() {
    int rgb = PixelFormat.PIXEL_FORMAT_RGB_VALUE;
    assertRefused(
        raw(4, 4, 11, rgb, 100),
        Reason.REASON_IMAGE_LAYOUT,
        "a stride of 11 bytes for rows of 4 pixels in PIXEL_FORMAT_RGB, which take 12");
    assertRefused(
        raw(4, 4, 0, rgb, 47),
        Reason.REASON_IMAGE_LAYOUT,
        "47 bytes for 4 x 4 pixels in PIXEL_FORMAT_RGB with a stride of 12, which take 48");
    assertRefused(
        raw(4, 4, 20, rgb, 71),
        Reason.REASON_IMAGE_LAYOUT,
        "71 bytes for 4 x 4 pixels in PIXEL_FORMAT_RGB with a stride of 20, which take 72");
    prepare(raw(4, 4, 20, rgb, 72));
    assertRefused(
        raw(4, 4, 0, 0, 48),
        Reason.REASON_IMAGE_LAYOUT,
        "the pixel format PIXEL_FORMAT_UNSPECIFIED; it must be RGB, BGR or GREY");
    assertRefused(
        raw(4, 4, 0, 77, 48),
        Reason.REASON_IMAGE_LAYOUT,
        "the pixel format UNRECOGNIZED; it must be RGB, BGR or GREY");
    assertRefused(
        raw(4, 4, -1, rgb, 48),
        Reason.REASON_IMAGE_LAYOUT,
        "48 bytes for 4 x 4 pixels in PIXEL_FORMAT_RGB with a stride of 4294967295, which take"
            + " 12884901897");
    assertRefused(
        raw(-1, -1, 0, rgb, 48),
        Reason.REASON_IMAGE_TOO_LARGE,
        "the raw image has 4294967295 x 4294967295 pixels; at most 33177600 are taken");
  }

  @Test
  void aTensorOfAnotherShapeOrLengthIsRefused() {
    assertRefused(
        Images.tensor(3, 4, 5, new float[59]),
        Reason.REASON_TENSOR_SHAPE,
        "236 bytes for a tensor of 3 x 4 x 5 float32 values");
    Tensor odd = Images.tensor(3, 4, 5, new float[60]).getTensor();
    assertRefused(
        Image.newBuilder().setTensor(odd.toBuilder().setData(odd.getData().substring(1))).build(),
        Reason.REASON_TENSOR_SHAPE,
        "239 bytes for a tensor of 3 x 4 x 5 float32 values");
    assertRefused(
        Images.tensor(0, 4, 5, new float[60]),
        Reason.REASON_TENSOR_SHAPE,
        "a tensor of 0 x 4 x 5; the model takes 3 x 4 x 5 (channels, height, width)");
    assertRefused(
        Images.tensor(-1, 1 << 30, 1 << 4, new float[60]),
        Reason.REASON_TENSOR_SHAPE,
        "a tensor of 4294967295 x 1073741824 x 16; the model takes 3 x 4 x 5 (channels, height, width)");
    ImageException refusal = refusal(Images.tensor(3, 5, 4, new float[60]));
    assertThat(refusal.reason()).isEqualTo(Reason.REASON_TENSOR_SHAPE);
    assertThat(refusal)
        .hasMessage("a tensor of 3 x 5 x 4; the model takes 3 x 4 x 5 (channels, height, width)");
    assertThat(refusal.metadata()).containsEntry("height", "5").containsEntry("width", "4");
  }

  @Test
  void aTensorThatIsNotFiniteIsRefusedBeforeAnythingIsWritten() {
    float[] values = new float[60];
    Arrays.fill(values, 1);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      values[20 + 2 * 5 + 3] = bad;
      FloatBuffer into = FloatBuffer.allocate(60);
      Image image = Images.tensor(3, 4, 5, values);
      assertThatThrownBy(() -> reader.prepare(image, SHAPE, RGB, into, 0, false))
          .isInstanceOf(ImageException.class)
          .hasMessage(
              "the tensor holds %s at channel 1, row 2, column 3; every value must be finite"
                  .formatted(bad));
      assertThat(refusal(image).reason()).isEqualTo(Reason.REASON_TENSOR_NOT_FINITE);
      assertThat(into.array()).containsOnly(0);
    }
  }

  private void assertTooLarge(byte[] file, String format) {
    ImageException refusal = refusal(Images.encoded(file));
    assertThat(refusal.reason()).isEqualTo(Reason.REASON_IMAGE_TOO_LARGE);
    assertThat(refusal)
        .hasMessage(
            "the %s file has 60000 x 60000 pixels; at most 33177600 are taken".formatted(format));
    assertThat(refusal.metadata())
        .containsEntry("width", "60000")
        .containsEntry("max_pixels", "33177600");
  }

  private void assertRefused(Image image, Reason reason, String message) {
    ImageException refusal = refusal(image);
    assertThat(refusal).hasMessage(message);
    assertThat(refusal.reason()).isEqualTo(reason);
  }

  private ImageException refusal(Image image) {
    return catchThrowableOfType(ImageException.class, () -> prepare(image));
  }

  private void prepare(Image image) {
    reader.prepare(image, SHAPE, RGB, FloatBuffer.allocate(SHAPE.size()), 0, false);
  }

  private static void prepareWith(ImageLimits limits, Image image) {
    FloatBuffer into = FloatBuffer.allocate(SHAPE.size());
    new ImageReader(limits).prepare(image, SHAPE, RGB, into, 0, false);
  }

  private static Image raw(int width, int height, int stride, int format, int length) {
    Image image =
        Images.raw(width, height, stride, PixelFormat.PIXEL_FORMAT_GREY, Images.noise(length, 3));
    return image.toBuilder().setRaw(image.getRaw().toBuilder().setFormatValue(format)).build();
  }
}
