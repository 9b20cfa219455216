package dev.sightline.client.cli;

import dev.sightline.client.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A NumPy file of preprocessed network inputs, N×C×H×W in float32, of which one is read at a time.
 */
final class NpyTensors implements AutoCloseable {
  private final FileChannel channel;
  private final long start;
  private final int count;
  private final int channels;
  private final int height;
  private final int width;

  private NpyTensors(FileChannel channel, Path file) throws IOException {
    this.channel = channel;
    NpyHeader header;
    try {
      header = NpyHeader.read(buffer -> fill(channel, buffer));
    } catch (IOException e) {
      throw wrong(file, String.valueOf(e.getMessage()));
    }
    long[] shape = header.shape();
    if (!header.descr().equals(NpyHeader.FLOAT32)) {
      throw wrong(
          file,
          "its type is " + header.descr() + "; float32 in little-endian order (<f4) is needed");
    }
    if (shape.length != 4) {
      throw wrong(file, "its shape is " + header.shapeText() + "; N×3×H×W is needed");
    }
    this.start = channel.position();
    long elements = 1;
    for (long side : shape) {
      if (side < 1 || side > Integer.MAX_VALUE || elements > Long.MAX_VALUE / 8 / side) {
        throw wrong(file, "its shape " + header.shapeText() + " is empty or too large");
      }
      elements *= side;
    }
    if (elements / shape[0] > Integer.MAX_VALUE / Float.BYTES) {
      throw wrong(file, "a tensor of its shape " + header.shapeText() + " is too large");
    }
    long expected = Float.BYTES * elements;
    if (channel.size() - start != expected) {
      throw wrong(
          file,
          "it has %d bytes of elements where its shape %s takes %d"
              .formatted(channel.size() - start, header.shapeText(), expected));
    }
    this.count = (int) shape[0];
    this.channels = (int) shape[1];
    this.height = (int) shape[2];
    this.width = (int) shape[3];
  }

  /**
   * Opens a file and checks it without reading its tensors.
   *
   * @throws IOException with the file and what is wrong with it
   */
  static NpyTensors open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new NpyTensors(channel, file);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  int count() {
    return count;
  }

  /** Reads one tensor, from 0. */
  Image read(int index) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * channels * height * width).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(start + (long) index * bytes.capacity());
    fill(channel, bytes);
    if (bytes.hasRemaining()) {
      throw new IOException("the file became shorter while it was read");
    }
    return Image.tensor(channels, height, width, bytes.flip().asFloatBuffer());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static void fill(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // A channel may give less than is asked for.
    }
  }

  private static IOException wrong(Path file, String what) {
    return new IOException(file + " cannot be used: " + what);
  }
}
