package dev.sightline.client.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes a NumPy array of a known shape, one item of its first side after the other. */
final class NpyWriter implements AutoCloseable {
  private final FileChannel channel;
  private final long perItem;

  private NpyWriter(Path file, NpyHeader header) throws IOException {
    long elements = 1;
    for (int i = 1; i < header.shape().length; i++) {
      elements *= header.shape()[i];
    }
    this.perItem = elements;
    this.channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    put(ByteBuffer.wrap(header.toBytes()));
  }

  /** An array of float32. */
  static NpyWriter floats(Path file, long... shape) throws IOException {
    return new NpyWriter(file, new NpyHeader(NpyHeader.FLOAT32, shape));
  }

  /** An array of int64. */
  static NpyWriter longs(Path file, long... shape) throws IOException {
    return new NpyWriter(file, new NpyHeader(NpyHeader.INT64, shape));
  }

  /** Writes the next item. */
  void write(float[] item) throws IOException {
    requireItem(item.length);
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * item.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(item);
    put(bytes);
  }

  /** Writes the next item. */
  void write(long[] item) throws IOException {
    requireItem(item.length);
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * item.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(item);
    put(bytes);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void requireItem(int length) {
    if (length != perItem) {
      throw new IllegalArgumentException(
          "an item of " + length + " values where each has " + perItem);
    }
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
