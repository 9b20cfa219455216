package dev.sightline.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An image to be explained; immutable. Arrays that are handed over are copied, files are read when
 * the image is sent and again when an overlay is drawn over them.
 */
public final class Image {
  private final Content content;

  private Image(Content content) {
    this.content = content;
  }

  /** A JPEG, PNG, WebP or BMP file; read only when it is sent, so that a folder costs no memory. */
  public static Image of(Path file) {
    return new Image(
        () ->
            dev.sightline.v1.Image.newBuilder()
                .setEncoded(UnsafeByteOperations.unsafeWrap(bytes(file)))
                .build());
  }

  /** The bytes of a JPEG, PNG, WebP or BMP file. */
  public static Image encoded(byte[] file) {
    return new Image(
        dev.sightline.v1.Image.newBuilder().setEncoded(ByteString.copyFrom(file)).build());
  }

  /**
   * The pixels as they are now, sent without loss and without compression: 3 bytes a pixel.
   * Transparent parts become black. Encode large images yourself where the network is slow.
   */
  public static Image of(BufferedImage image) {
    return raw(
        image.getWidth(),
        image.getHeight(),
        0,
        PixelFormat.PIXEL_FORMAT_BGR,
        Photos.photo(image).bgr());
  }

  /**
   * 8-bit pixels.
   *
   * @param stride bytes from the start of one row to the start of the next; 0 means packed rows
   */
  public static Image raw(int width, int height, int stride, PixelFormat format, byte[] pixels) {
    return new Image(
        dev.sightline.v1.Image.newBuilder()
            .setRaw(
                RawImage.newBuilder()
                    .setWidth(width)
                    .setHeight(height)
                    .setStride(stride)
                    .setFormat(format)
                    .setData(ByteString.copyFrom(pixels)))
            .build());
  }

  /**
   * An already preprocessed network input.
   *
   * @param values channels·height·width values in the order C, H, W
   */
  public static Image tensor(int channels, int height, int width, float[] values) {
    return tensor(channels, height, width, FloatBuffer.wrap(values));
  }

  /**
   * As above, with the values between the buffer's position and limit, which stay where they are.
   */
  public static Image tensor(int channels, int height, int width, FloatBuffer values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.remaining() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values.duplicate());
    return new Image(
        dev.sightline.v1.Image.newBuilder()
            .setTensor(
                Tensor.newBuilder()
                    .setChannels(channels)
                    .setHeight(height)
                    .setWidth(width)
                    .setData(UnsafeByteOperations.unsafeWrap(bytes)))
            .build());
  }

  /**
   * The image as the protocol writes it.
   *
   * @throws IOException when its file cannot be read
   */
  public dev.sightline.v1.Image toProto() throws IOException {
    return content.read();
  }

  /**
   * The image's pixels, decoded as the server decodes them.
   *
   * @throws IllegalStateException for a tensor, which has none
   * @throws UncheckedIOException when its file cannot be read
   * @throws MalformedPhotoException when its bytes are no image that can be read
   */
  Photo photo() {
    try {
      dev.sightline.v1.Image image = content.read();
      return switch (image.getContentCase()) {
        case ENCODED -> PhotoCodec.read(image.getEncoded().toByteArray());
        case RAW -> photo(image.getRaw());
        case TENSOR, CONTENT_NOT_SET ->
            throw new IllegalStateException("a tensor has no pixels to draw over");
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // A folder's "Is a directory", for one, does not say which.
      throw new FileSystemException(file.toString(), null, e.getMessage());
    }
  }

  private static Photo photo(RawImage raw) {
    boolean grey = raw.getFormat() == PixelFormat.PIXEL_FORMAT_GREY;
    boolean rgb = raw.getFormat() == PixelFormat.PIXEL_FORMAT_RGB;
    int width = raw.getWidth();
    int bytesPerPixel = grey ? 1 : 3;
    int stride = raw.getStride() == 0 ? width * bytesPerPixel : raw.getStride();
    byte[] bgr = new byte[3 * width * raw.getHeight()];
    int to = 0;
    for (int row = 0; row < raw.getHeight(); row++) {
      for (int column = 0; column < width; column++) {
        int from = row * stride + column * bytesPerPixel;
        for (int channel = 0; channel < 3; channel++) {
          int source = grey ? 0 : rgb ? 2 - channel : channel;
          bgr[to++] = raw.getData().byteAt(from + source);
        }
      }
    }
    return new Photo(width, raw.getHeight(), bgr);
  }

  private Image(dev.sightline.v1.Image image) {
    this(() -> image);
  }

  @FunctionalInterface
  private interface Content {
    dev.sightline.v1.Image read() throws IOException;
  }
}
