package dev.sightline.server.engine;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory outside the Java heap with a definite end. A direct buffer would live until some later
 * garbage collection, and count against a limit that follows the heap's size.
 */
final class NativeBytes implements AutoCloseable {
  /** What vector instructions like best: a cache line, and the widest register. */
  private static final int ALIGNMENT = 64;

  private final Memory memory;
  private final ByteBuffer bytes;

  private NativeBytes(Memory memory, ByteBuffer bytes) {
    this.memory = memory;
    this.bytes = bytes;
  }

  /** Some bytes of no particular value, aligned to 64. */
  static NativeBytes allocate(long size) {
    Memory memory = new Memory(size + ALIGNMENT);
    long skipped = -Pointer.nativeValue(memory) & (ALIGNMENT - 1);
    return new NativeBytes(memory, memory.getByteBuffer(skipped, size));
  }

  /** A copy of the bytes between the buffer's position and its limit. */
  static NativeBytes copyOf(ByteBuffer source) {
    NativeBytes copy = allocate(source.remaining());
    copy.buffer().put(source.duplicate());
    return copy;
  }

  /** All of the bytes, in native order, valid until this is closed. */
  ByteBuffer buffer() {
    return bytes.duplicate().order(ByteOrder.nativeOrder());
  }

  /** Frees the memory: whoever still reads a buffer of it crashes the process. */
  @Override
  public void close() {
    memory.close();
  }
}
