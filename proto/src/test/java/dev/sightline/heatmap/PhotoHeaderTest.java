package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

class PhotoHeaderTest {

  @ParameterizedTest
  @EnumSource(PhotoFormat.class)
  void theHeaderTellsFormatAndDimensions(PhotoFormat format) {
    byte[] file = PhotoCodec.write(noise(37, 21), format);
    PhotoHeader header = PhotoHeader.read(ByteBuffer.wrap(file));
    assertThat(header).isEqualTo(new PhotoHeader(format, 37, 21));
    header.requireComplete(ByteBuffer.wrap(file));
    header.requireComplete(ByteBuffer.wrap(Arrays.copyOf(file, file.length + 50)));
  }

  @ParameterizedTest
  @EnumSource(PhotoFormat.class)
  void aFileCutOffAnywhereIsRefused(PhotoFormat format) {
    byte[] file = PhotoCodec.write(noise(40, 30), format);
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> PhotoCodec.read(cut))
          .as("%d of %d bytes", length, file.length)
          .isInstanceOf(MalformedPhotoException.class);
    }
    assertThat(PhotoCodec.read(file).width()).isEqualTo(40);
  }

  @ParameterizedTest
  @EnumSource(PhotoFormat.class)
  void randomDamageNeverDoesWorseThanBeingMalformed(PhotoFormat format) {
    byte[] file = PhotoCodec.write(noise(16, 12), format);
    Random random = new Random(3);
    for (int n = 0; n < 300; n++) {
      byte[] damaged = file.clone();
      // Most of the flips go to the headers, where they do the most harm.
      int reach = n % 3 == 0 ? damaged.length : Math.min(damaged.length, 60);
      damaged[random.nextInt(reach)] = (byte) random.nextInt();
      try {
        Photo photo = PhotoCodec.read(damaged);
        assertThat(photo.bgr()).hasSize(3 * photo.width() * photo.height());
      } catch (MalformedPhotoException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void aProgressiveJpegCutOffBetweenItsScansIsRefused() {
    Mat pixels = PhotoCodec.mat(noise(40, 30));
    byte[] file = PhotoCodec.encode(pixels, ".jpg", Imgcodecs.IMWRITE_JPEG_PROGRESSIVE, 1);
    assertThat(PhotoCodec.read(file).width()).isEqualTo(40);
    int cuts = 0;
    for (int at = 2; at < file.length; at++) {
      if (file[at - 2] == (byte) 0xff && (file[at - 1] == (byte) 0xda || at % 50 == 0)) {
        byte[] cut = Arrays.copyOf(file, at - 2);
        assertThatThrownBy(() -> PhotoCodec.read(cut)).isInstanceOf(MalformedPhotoException.class);
        cuts++;
      }
    }
    assertThat(cuts).isGreaterThan(5);
  }

  @Test
  void theEndOfAThumbnailIsNotTheEndOfTheFile() {
    byte[] file = PhotoCodec.write(noise(40, 30), PhotoFormat.JPEG);
    byte[] thumbnail = PhotoCodec.write(noise(8, 8), PhotoFormat.JPEG);
    byte[] both = new byte[file.length + thumbnail.length + 4];
    ByteBuffer out = ByteBuffer.wrap(both);
    out.put(file, 0, 2).put((byte) 0xff).put((byte) 0xe1).putShort((short) (thumbnail.length + 2));
    out.put(thumbnail).put(file, 2, file.length - 2);
    PhotoHeader header = PhotoHeader.read(ByteBuffer.wrap(both));
    assertThat(header).isEqualTo(new PhotoHeader(PhotoFormat.JPEG, 40, 30));
    header.requireComplete(ByteBuffer.wrap(both));
    byte[] cut = Arrays.copyOf(both, both.length - 2);
    assertThatThrownBy(() -> header.requireComplete(ByteBuffer.wrap(cut)))
        .hasMessageContaining("cut off");
  }

  @Test
  void otherFilesAreRefusedByTheirFirstBytes() {
    for (String start : new String[] {"", "G", "GIF89a", "RIFFxxxxWAVE", "%PDF", "II*\0"}) {
      byte[] file = start.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      assertThatThrownBy(() -> PhotoHeader.read(ByteBuffer.wrap(file)))
          .isInstanceOf(MalformedPhotoException.class)
          .hasMessageContaining("are not those of a JPEG, PNG, WebP or BMP file");
    }
    assertThatThrownBy(() -> PhotoHeader.read(ByteBuffer.wrap(new byte[] {'G', 'I', 'F', '8'})))
        .hasMessageContaining("(47 49 46 38)");
  }

  @Test
  void anAnimatedWebpIsRefusedByName() {
    ByteBuffer file = ByteBuffer.allocate(40).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).putInt(32);
    file.put("WEBPVP8X".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).putInt(10);
    file.put((byte) 0x02);
    assertThatThrownBy(() -> PhotoHeader.read(file)).hasMessageContaining("animation");
    file.put(20, (byte) 0).putInt(24, 299).putInt(27, 199);
    assertThat(PhotoHeader.read(file)).isEqualTo(new PhotoHeader(PhotoFormat.WEBP, 300, 200));
  }

  @Test
  void theBufferIsReadFromItsStartAndLeftAsItWas() {
    ByteBuffer file = ByteBuffer.wrap(PhotoCodec.write(noise(5, 4), PhotoFormat.BMP)).position(9);
    assertThat(PhotoHeader.read(file).width()).isEqualTo(5);
    assertThat(file.position()).isEqualTo(9);
    assertThat(file.order()).isEqualTo(java.nio.ByteOrder.BIG_ENDIAN);
  }

  static Photo noise(int width, int height) {
    byte[] bgr = new byte[3 * width * height];
    new Random(width).nextBytes(bgr);
    return new Photo(width, height, bgr);
  }
}
