package dev.sightline.server.app;

import static dev.sightline.v1.Reason.REASON_IMAGE_EMPTY;
import static dev.sightline.v1.Reason.REASON_IMAGE_LAYOUT;
import static dev.sightline.v1.Reason.REASON_IMAGE_TOO_LARGE;
import static dev.sightline.v1.Reason.REASON_IMAGE_UNREADABLE;
import static dev.sightline.v1.Reason.REASON_TENSOR_NOT_FINITE;
import static dev.sightline.v1.Reason.REASON_TENSOR_SHAPE;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.server.image.HandmadeJpeg;
import dev.sightline.server.image.HandmadePng;
import dev.sightline.v1.Image;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Images that no client should send to a server of {@link SmallModel}. Not thread-safe. */
final class BadImages {
  private static final int SIDE = SmallModel.SIDE;
  private static final int TENSOR_BYTES = 3 * SIDE * SIDE * Float.BYTES;

  /** Files that decoders know, but the server does not. */
  private static final List<String> OTHER_FORMATS =
      List.of(
          "GIF89a", "II*\0", "MM\0*", "\0\0\0\fjP  ", "P6\n9 9\n255\n", "#?RADIANCE\n", "v/1\001");

  private static final byte[] BOMB = HandmadePng.zeros(16 << 20);

  /** Made once, for they are large or slow to make. */
  private static final List<BadThing<Image>> BOMBS =
      List.of(
          refusedFile(
              "an unreadable text that becomes 16 MiB",
              new HandmadePng()
                  .header(8, 8, true)
                  .chunk("zTXt", concat("k\0\0".getBytes(StandardCharsets.ISO_8859_1), BOMB))
                  .chunk("iCCP", concat("k\0\0".getBytes(StandardCharsets.ISO_8859_1), BOMB))
                  .ended()),
          unreadable(
                  "pixels that become sixteen times as many",
                  new HandmadePng().header(1024, 1024, true).chunk("IDAT", BOMB).ended())
              .unlessGood(),
          unreadable(
                  "one row of a million pixels",
                  new HandmadePng().header(1 << 20, 1, true).chunk("IDAT", BOMB).ended())
              .unlessGood(),
          unreadable("a second header, a giant's", twoHeaders()).unlessGood(),
          unreadable("fifty thousand chunks", manyChunks(50_000)).unlessGood(),
          unreadable("twenty thousand scans", HandmadeJpeg.ofManyScans(1024, 1000, 20_000)),
          BadThing.refused(
              "a file beyond the limit",
              encoded(new byte[LoopbackConfig.IMAGES.maxEncodedBytes() + 1]),
              REASON_IMAGE_TOO_LARGE));

  private final Random random;
  private final List<byte[]> good;

  /** The same images for the same seed. */
  BadImages(Random random) {
    this.random = random;
    good = Stream.of(PhotoFormat.values()).map(BadImages::good).toList();
  }

  private static byte[] good(PhotoFormat format) {
    byte[] bgr = new byte[3 * 40 * 30];
    new Random(1).nextBytes(bgr);
    return PhotoCodec.write(new Photo(40, 30, bgr), format);
  }

  /** Another one. */
  BadThing<Image> next() {
    return switch (random.nextInt(16)) {
      case 0, 1 -> truncated();
      case 2, 3, 4 -> mutated();
      case 5 -> unreadable("random bytes", noise(1 + random.nextInt(3000))).unlessGood();
      case 6 -> otherFormat();
      case 7 -> behindASignature();
      case 8 -> giant();
      case 9 -> random.nextInt(10) == 0 ? bomb() : animated();
      case 10, 11 -> raw();
      case 12, 13 -> tensor();
      case 14 -> BadThing.refused("nothing", Image.getDefaultInstance(), REASON_IMAGE_EMPTY);
      default -> BadThing.refused("an empty file", encoded(new byte[0]), REASON_IMAGE_EMPTY);
    };
  }

  private BadThing<Image> bomb() {
    return BOMBS.get(random.nextInt(BOMBS.size()));
  }

  private BadThing<Image> truncated() {
    byte[] file = anyGood();
    return unreadable("half a file", Arrays.copyOf(file, 1 + random.nextInt(file.length - 1)));
  }

  private BadThing<Image> mutated() {
    byte[] file = anyGood();
    for (int changes = 1 + random.nextInt(8); changes > 0; changes--) {
      file[random.nextInt(random.nextBoolean() ? 64 : file.length)] = (byte) random.nextInt();
    }
    return refusedFile("a file with changed bytes", file);
  }

  private BadThing<Image> otherFormat() {
    String start = OTHER_FORMATS.get(random.nextInt(OTHER_FORMATS.size()));
    return unreadable(
        "a format that is not taken: " + start,
        concat(start.getBytes(StandardCharsets.ISO_8859_1), noise(random.nextInt(500))));
  }

  private BadThing<Image> behindASignature() {
    byte[] start = Arrays.copyOf(anyGood(), 12);
    return refusedFile("a signature and noise", concat(start, noise(random.nextInt(2000))));
  }

  private BadThing<Image> giant() {
    int side = 2000 + random.nextInt(60_000);
    byte[] file =
        switch (random.nextInt(3)) {
          case 0 -> HandmadeJpeg.empty(side, side);
          case 1 -> new HandmadePng().header(side, side, true).ended();
          default ->
              ByteBuffer.wrap(good(PhotoFormat.BMP))
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putInt(18, side)
                  .putInt(22, -side)
                  .array();
        };
    return BadThing.refused(
        "%d pixels a side".formatted(side), encoded(file), REASON_IMAGE_TOO_LARGE);
  }

  /** Of APNG the first picture may be read, as if the others were not there. */
  private BadThing<Image> animated() {
    byte[] frames = ByteBuffer.allocate(8).putInt(random.nextInt()).putInt(0).array();
    byte[] apng =
        new HandmadePng()
            .header(8, 8, true)
            .chunk("acTL", frames)
            .chunk("fcTL", noise(26))
            .chunk("IDAT", HandmadePng.zeros(72))
            .chunk("fdAT", noise(40))
            .ended();
    byte[] webp =
        Arrays.copyOf("RIFF\026\0\0\0WEBPVP8X\012\0\0\0".getBytes(StandardCharsets.ISO_8859_1), 30);
    webp[20] = 2;
    return random.nextBoolean()
        ? unreadable("an animated PNG", apng).unlessGood()
        : unreadable("an animated WebP", webp);
  }

  private BadThing<Image> raw() {
    int[] odd = {0, 1, 3, 40, 1024, 70_000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1};
    RawImage raw =
        RawImage.newBuilder()
            .setWidth(odd[random.nextInt(odd.length)])
            .setHeight(odd[random.nextInt(odd.length)])
            .setStride(odd[random.nextInt(odd.length)])
            .setFormatValue(random.nextInt(6) - 1)
            .setData(ByteString.copyFrom(noise(random.nextInt(200))))
            .build();
    return BadThing.refused(
            "a raw image whose parts do not fit",
            Image.newBuilder().setRaw(raw).build(),
            REASON_IMAGE_EMPTY,
            REASON_IMAGE_TOO_LARGE,
            REASON_IMAGE_LAYOUT)
        .unlessGood();
  }

  private BadThing<Image> tensor() {
    Tensor.Builder tensor = Tensor.newBuilder().setChannels(3).setHeight(SIDE).setWidth(SIDE);
    byte[] values = new byte[TENSOR_BYTES];
    switch (random.nextInt(4)) {
      case 0 -> {
        float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        ByteBuffer.wrap(values)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putFloat(
                Float.BYTES * random.nextInt(TENSOR_BYTES / Float.BYTES), bad[random.nextInt(3)]);
        return tensor(tensor, values, REASON_TENSOR_NOT_FINITE);
      }
      case 1 -> {
        return tensor(
            tensor, Arrays.copyOf(values, random.nextInt(TENSOR_BYTES)), REASON_TENSOR_SHAPE);
      }
      case 2 -> {
        return tensor(tensor.setHeight(random.nextInt()), values, REASON_TENSOR_SHAPE);
      }
      default -> {
        return tensor(tensor.setChannels(1 << 30).setWidth(1 << 2), values, REASON_TENSOR_SHAPE);
      }
    }
  }

  private static BadThing<Image> tensor(
      Tensor.Builder tensor, byte[] values, dev.sightline.v1.Reason reason) {
    Image image = Image.newBuilder().setTensor(tensor.setData(ByteString.copyFrom(values))).build();
    return BadThing.refused(
        "a tensor that is none of the network's", image, reason, REASON_IMAGE_EMPTY);
  }

  private byte[] anyGood() {
    return good.get(random.nextInt(good.size())).clone();
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] twoHeaders() {
    return new HandmadePng()
        .header(8, 8, true)
        .header(30_000, 30_000, true)
        .chunk("IDAT", BOMB)
        .ended();
  }

  private static byte[] manyChunks(int count) {
    HandmadePng png = new HandmadePng().header(8, 8, true);
    for (int i = 0; i < count; i++) {
      png.chunk("tEXt", new byte[] {'k', 0, 'v'});
    }
    return png.chunk("IDAT", HandmadePng.zeros(72)).ended();
  }

  /** A file that is refused for whatever a file may be, if it is. */
  private static BadThing<Image> refusedFile(String described, byte[] file) {
    return BadThing.refused(
            described,
            encoded(file),
            REASON_IMAGE_UNREADABLE,
            REASON_IMAGE_TOO_LARGE,
            REASON_IMAGE_EMPTY)
        .unlessGood();
  }

  private static BadThing<Image> unreadable(String described, byte[] file) {
    return BadThing.refused(described, encoded(file), REASON_IMAGE_UNREADABLE);
  }

  private static Image encoded(byte[] file) {
    return Image.newBuilder().setEncoded(ByteString.copyFrom(file)).build();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
